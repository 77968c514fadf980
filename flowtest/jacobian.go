package flowtest

import (
	"fmt"
	"math"
	"slices"

	"diffeo/graph"
)

// mapProgram is one direction of a map: the point it makes and its log-determinant.
type mapProgram func(b *graph.Builder, in map[string]graph.Value) (y, logDet graph.Value)

// jacobianByDifferences is the Jacobian ∂y/∂x of every row, [rows][n][n], by central differences of the interpreter.
func (s *subject) jacobianByDifferences(m mapProgram, name string, step float64) [][]float64 {
	g := s.build(func(b *graph.Builder, in map[string]graph.Value, out func(string, graph.Value)) {
		y, _ := m(b, in)
		out("y", y)
	})
	x := s.values[name]
	n := len(x) / s.rows
	jac := make([][]float64, s.rows)
	for r := range jac {
		jac[r] = make([]float64, n*n)
	}
	y := s.runCopies(Reference, g, 2*n, name, func(i int, x []float64) {
		j, h := i/2, step
		if i%2 == 1 {
			h = -step
		}
		for r := range s.rows {
			x[r*n+j] += h * math.Max(1, math.Abs(x[r*n+j]))
		}
	})["y"]
	at := func(copy, row, i int) float64 { return y[(copy*s.rows+row)*n+i] }
	for j := range n {
		for r := range s.rows {
			h := step * math.Max(1, math.Abs(x[r*n+j]))
			for i := range n {
				jac[r][i*n+j] = (at(2*j, r, i) - at(2*j+1, r, i)) / (2 * h)
			}
		}
	}
	return jac
}

// jacobianByDerivative is the same by differentiating the graph, one row of the Jacobian at a time.
func (s *subject) jacobianByDerivative(e Engine, m mapProgram, name string) [][]float64 {
	n := len(s.values[name]) / s.rows
	jac := make([][]float64, s.rows)
	for r := range jac {
		jac[r] = make([]float64, n*n)
	}
	g := s.build(func(b *graph.Builder, in map[string]graph.Value, out func(string, graph.Value)) {
		y, _ := m(b, in)
		y = graph.Flatten(y)
		for i := range n {
			one := graph.Gradient(graph.OnRows(graph.Slice(y, 0, i, i+1), 1), in[name])[0]
			out(fmt.Sprint("row ", i), one)
		}
	})
	out := s.run(e, g, nil)
	for r := range s.rows {
		for i := range n {
			copy(jac[r][i*n:(i+1)*n], out[fmt.Sprint("row ", i)][r*n:(r+1)*n])
		}
	}
	return jac
}

// logAbsDet is log |det| of a square row-major matrix by elimination with row exchange.
func logAbsDet(a []float64, n int) float64 {
	m := slices.Clone(a)
	total := 0.0
	for k := range n {
		pivot := k
		for i := k + 1; i < n; i++ {
			if math.Abs(m[i*n+k]) > math.Abs(m[pivot*n+k]) {
				pivot = i
			}
		}
		if pivot != k {
			for j := range n {
				m[k*n+j], m[pivot*n+j] = m[pivot*n+j], m[k*n+j]
			}
		}
		total += math.Log(math.Abs(m[k*n+k]))
		for i := k + 1; i < n; i++ {
			f := m[i*n+k] / m[k*n+k]
			for j := k; j < n; j++ {
				m[i*n+j] -= f * m[k*n+j]
			}
		}
	}
	return total
}

func logDets(jac [][]float64, n int) []float64 {
	out := make([]float64, len(jac))
	for r, j := range jac {
		out[r] = logAbsDet(j, n)
	}
	return out
}

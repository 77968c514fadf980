package flowtest

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"diffeo/graph"
)

// steps are the relative steps of central differences. With the first the error is at its least, about 1e-10; the second is tried
// where the first strides over a kink of a ReLU.
var steps = []float64{1e-5, 1e-6}

// scalarProgram gives one number a row, made of everything that is under test.
type scalarProgram func(b *graph.Builder, in map[string]graph.Value) graph.Value

// gradients compares the engine's gradients of f with central differences of f: with respect to every column of every per-row
// input, to some elements of every parameter, and along a random direction through all parameters at once.
func (s *subject) gradients(t *testing.T, what string, f scalarProgram) {
	t.Helper()
	s.t = t
	value := s.build(func(b *graph.Builder, in map[string]graph.Value, out func(string, graph.Value)) {
		out("f", f(b, in))
	})
	grad, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		in, wrt := map[string]graph.Value{}, []graph.Value(nil)
		for _, n := range s.names {
			in[n] = b.Input(n, s.shape[n]...)
			wrt = append(wrt, in[n])
		}
		for _, p := range s.specs {
			wrt = append(wrt, b.Param(p.Name, p.Shape...))
		}
		total := graph.SumRows(graph.OnRows(f(b, in), 1))
		names := slices.Clone(s.names)
		for _, p := range s.specs {
			names = append(names, p.Name)
		}
		for i, g := range graph.Gradient(total, wrt...) {
			b.Output(names[i], g)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: building gradients: %v", what, err)
	}
	got := s.run(s.o.Engine, grad, nil)
	for _, n := range s.names {
		s.inputGradient(t, what, n, value, got[n])
	}
	direction, slope, size := map[string][]float64{}, 0.0, 1.0
	for _, p := range s.specs {
		s.paramGradient(t, what, p.Name, value, got[p.Name])
		v := make([]float64, len(s.values[p.Name]))
		for i := range v {
			v[i] = s.rng.NormFloat64()
			slope += v[i] * got[p.Name][i]
			size += math.Abs(v[i] * got[p.Name][i])
		}
		direction[p.Name] = v
	}
	if len(s.specs) == 0 {
		return
	}
	s.differ(t, what+": all parameters along a random direction", slope, size, func(h float64) float64 {
		moved := map[string][]float64{}
		for n, v := range direction {
			w := slices.Clone(s.values[n])
			for i := range w {
				w[i] += h * v[i]
			}
			moved[n] = w
		}
		return sum(s.run(Reference, value, moved)["f"])
	})
}

// inputGradient moves one column of all rows at once, since rows do not touch each other.
func (s *subject) inputGradient(t *testing.T, what, name string, value *graph.Graph, got []float64) {
	t.Helper()
	x := s.values[name]
	n := len(x) / s.rows
	size := largest(got)
	signs := []float64{1, -1}
	f := s.runCopies(Reference, value, n*len(steps)*len(signs), name, func(i int, x []float64) {
		j, h := i/len(signs)/len(steps), steps[i/len(signs)%len(steps)]*signs[i%len(signs)]
		for r := range s.rows {
			x[r*n+j] += h * math.Max(1, math.Abs(x[r*n+j]))
		}
	})["f"]
	for j := range n {
		for r := range s.rows {
			scale := math.Max(1, math.Abs(x[r*n+j]))
			s.differ(t, fmt.Sprintf("%s: ∂/∂%s row %d column %d", what, name, r, j), got[r*n+j]*scale, size, func(h float64) float64 {
				i := 2 * (j*len(steps) + slices.Index(steps, math.Abs(h)))
				if h < 0 {
					i++
				}
				return f[i*s.rows+r]
			})
		}
	}
}

// perParam is how many elements of each parameter are moved one by one.
const perParam = 4

func (s *subject) paramGradient(t *testing.T, what, name string, value *graph.Graph, got []float64) {
	t.Helper()
	x, size := s.values[name], largest(got)
	for range min(perParam, len(x)) {
		i := s.rng.IntN(len(x))
		s.differ(t, fmt.Sprintf("%s: ∂/∂%s element %d", what, name, i), got[i], size, func(h float64) float64 {
			moved := slices.Clone(x)
			moved[i] += h
			return sum(s.run(Reference, value, map[string][]float64{name: moved})["f"])
		})
	}
}

// differ compares a slope with the central difference of f, relative to size.
func (s *subject) differ(t *testing.T, what string, got, size float64, f func(h float64) float64) {
	t.Helper()
	tol := s.tolerance().difference * math.Max(1, size)
	var want float64
	for _, h := range steps {
		want = (f(h) - f(-h)) / (2 * h)
		if math.Abs(got-want) <= tol*math.Max(1, math.Abs(want)) {
			return
		}
	}
	t.Errorf("%s is %.12g, the difference quotient %.12g (tolerance %.1g)", what, got, want, tol)
}

func sum(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s
}

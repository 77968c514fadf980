package sketch

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"diffeo/graph"
	"diffeo/ref"
)

type numbers = map[string][]float64

// bench runs one graph at changing inputs.
type bench struct {
	t    *testing.T
	g    *graph.Graph
	rows int
	in   numbers
}

func find(t *testing.T, name string) Sketch {
	t.Helper()
	for _, s := range All() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no sketch is called %q", name)
	return Sketch{}
}

func open(t *testing.T, s Sketch) bench {
	t.Helper()
	g, err := s.Graph()
	if err != nil {
		t.Fatal(err)
	}
	return bench{t, g, s.Rows, s.Inputs(g, s.Rows)}
}

// with is the bench with other numbers for some inputs.
func (b bench) with(change numbers) bench {
	in := numbers{}
	for k, v := range b.in {
		in[k] = v
	}
	for k, v := range change {
		if _, ok := in[k]; !ok {
			b.t.Fatalf("no input %q", k)
		}
		in[k] = v
	}
	b.in = in
	return b
}

func (b bench) run() ref.Result {
	b.t.Helper()
	r, err := ref.Run(context.Background(), b.g, ref.Call{Rows: b.rows, Inputs: b.in})
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// out is one output.
func (b bench) out(name string) []float64 {
	b.t.Helper()
	x, ok := b.run().Outputs[name]
	if !ok {
		b.t.Fatalf("no output %q", name)
	}
	return x
}

// slope is the derivative of output out along a direction of input in, by central differences of order 4.
func (b bench) slope(out, in string, direction []float64) []float64 {
	b.t.Helper()
	const h = 1e-3
	at := func(step float64) []float64 {
		x := append([]float64(nil), b.in[in]...)
		for i, d := range direction {
			x[i] += step * d
		}
		return b.with(numbers{in: x}).out(out)
	}
	near, far := [2][]float64{at(-h), at(h)}, [2][]float64{at(-2 * h), at(2 * h)}
	s := make([]float64, len(near[0]))
	for i := range s {
		s[i] = (8*(near[1][i]-near[0][i]) - (far[1][i] - far[0][i])) / (12 * h)
	}
	return s
}

// gradients compares every output prefix+NAME with finite differences of the loss: along a random direction, which no element
// escapes, and along a few single elements.
func (b bench) gradients(loss, prefix string, tolerance float64) {
	b.t.Helper()
	r := rand.New(rand.NewPCG(3, 4))
	found := 0
	for name, grad := range b.run().Outputs {
		in, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		found++
		nonzero := false
		for k := range 5 {
			direction, dot := make([]float64, len(grad)), 0.
			if k == 0 {
				for i := range direction {
					direction[i] = r.NormFloat64() / math.Sqrt(float64(len(grad)))
				}
			} else {
				direction[r.IntN(len(grad))] = 1
			}
			for i, d := range direction {
				dot += d * grad[i]
			}
			nonzero = nonzero || dot != 0
			near(b.t, name, []float64{dot}, b.slope(loss, in, direction), tolerance)
		}
		if !nonzero {
			b.t.Errorf("%s is zero: the check proves nothing", name)
		}
	}
	if found == 0 {
		b.t.Errorf("no output begins with %q", prefix)
	}
}

// jacobians compares a log-determinant with that of the finite-difference Jacobian of output out with respect to input in.
func (b bench) jacobians(in, out, logDet string, tolerance float64) {
	b.t.Helper()
	near(b.t, logDet, b.out(logDet), b.logDets(in, out), tolerance)
}

// logDets is log|det| of every row's finite-difference Jacobian. Rows must not depend on one another.
func (b bench) logDets(in, out string) []float64 {
	b.t.Helper()
	d := len(b.in[in]) / b.rows
	jacobians := make([][][]float64, b.rows)
	for j := range d {
		direction := make([]float64, len(b.in[in]))
		for r := range b.rows {
			direction[r*d+j] = 1
		}
		column := b.slope(out, in, direction)
		if len(column) != b.rows*d {
			b.t.Fatalf("%s has %d numbers a row, %s %d", out, len(column)/b.rows, in, d)
		}
		for r := range b.rows {
			jacobians[r] = append(jacobians[r], column[r*d:(r+1)*d])
		}
	}
	l := make([]float64, b.rows)
	for r, j := range jacobians {
		l[r] = logAbsDet(j)
	}
	return l
}

// logAbsDet is log|det m| by elimination with pivots; m is overwritten.
func logAbsDet(m [][]float64) float64 {
	sum := 0.
	for k := range m {
		p := k
		for i := k; i < len(m); i++ {
			if math.Abs(m[i][k]) > math.Abs(m[p][k]) {
				p = i
			}
		}
		m[k], m[p] = m[p], m[k]
		sum += math.Log(math.Abs(m[k][k]))
		for i := k + 1; i < len(m); i++ {
			f := m[i][k] / m[k][k]
			for j := k; j < len(m); j++ {
				m[i][j] -= f * m[k][j]
			}
		}
	}
	return sum
}

// near fails unless |got − want| ≤ tolerance·(1 + |want|) everywhere.
func near(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d numbers, want %d", what, len(got), len(want))
		return
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tolerance*(1+math.Abs(want[i]))) {
			t.Errorf("%s[%d] = %.12g, want %.12g (off by %.1e)", what, i, got[i], want[i], got[i]-want[i])
			return
		}
	}
}

// apart is the largest difference.
func apart(x, y []float64) float64 {
	m := 0.
	for i := range x {
		m = max(m, math.Abs(x[i]-y[i]))
	}
	return m
}

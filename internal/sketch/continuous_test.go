package sketch

import (
	"fmt"
	"math"
	"testing"

	"diffeo/graph"
)

func TestContinuousFlow(t *testing.T) {
	b := open(t, find(t, "continuous flow")).with(numbers{"tolerance": {1e-9}})
	near(t, "round trip", b.out("round trip"), b.in["x"], 1e-7)
	b.jacobians("x", "inverse", "inverse log-det", 1e-6)
	b.jacobians("u", "forward", "forward log-det", 1e-6)
	b.gradients("loss", "grad ", 1e-6)
}

// Hutchinson's trace is another function of the same points; its adjoint is exact all the same.
func TestContinuousHutchinson(t *testing.T) {
	b := open(t, find(t, "continuous flow, Hutchinson")).with(numbers{"tolerance": {1e-9}})
	exact := open(t, find(t, "continuous flow")).with(numbers{"tolerance": {1e-9}})
	near(t, "points", b.out("inverse"), exact.out("inverse"), 1e-7)
	if apart(b.out("inverse log-det"), exact.out("inverse log-det")) < 1e-3 {
		t.Error("the estimate is the exact log-determinant: the signs do nothing")
	}
	b.gradients("loss", "grad ", 1e-6)
}

// Averaged over all eight vectors of signs the estimate is the exact trace, and so are its gradients.
func TestHutchinsonIsUnbiased(t *testing.T) {
	exact := open(t, find(t, "continuous flow")).with(numbers{"tolerance": {1e-8}})
	s := find(t, "continuous flow, Hutchinson")
	s.Build = continuous(hutchinson(givenSigns), true)
	b := open(t, s).with(numbers{"tolerance": {1e-8}})
	mean := numbers{}
	for k := range 8 {
		signs := make([]float64, 3*b.rows)
		for i := range signs {
			signs[i] = float64(k>>(i%3)&1*2 - 1)
		}
		for name, x := range b.with(numbers{"signs": signs}).run().Outputs {
			if mean[name] == nil {
				mean[name] = make([]float64, len(x))
			}
			for i, v := range x {
				mean[name][i] += v / 8
			}
		}
	}
	want := exact.run().Outputs
	for _, name := range []string{"inverse log-det", "loss", "grad x", "grad w0", "grad w1", "grad b0", "grad time"} {
		near(t, name, mean[name], want[name], 1e-6)
	}
}

// Rows of weights of their own, or one sum over rows in a loop that lasts as long as any row does: the same gradients.
func TestSharedSumsAgree(t *testing.T) {
	own := open(t, find(t, "continuous flow"))
	s := find(t, "continuous flow")
	s.Build = continuous(exactTrace, true)
	shared := open(t, s).run().Outputs
	for name, x := range own.run().Outputs {
		near(t, name, shared[name], x, 1e-11)
	}
}

// dz/dt = A·z has the solution e^A·z and the log-determinant tr A. Errors follow the tolerance down, and tighter ones cost
// more steps. Rows take steps of their own: one that starts at rest takes fewer.
func TestLinearField(t *testing.T) {
	a := [][]float64{{-0.5, 2, 0}, {-2, -0.5, 0.3}, {0.1, 0, -1.5}}
	x := []float64{1, -0.5, 2, 0, 0, 0, 30, 20, -10}
	s := Sketch{Rows: 3, Build: func(b *graph.Builder) error {
		m := b.Param("a", 3, 3)
		f := func(_, z graph.Value) graph.Value { return graph.Linear(m, z) }
		flow := flowOf(b, f, exactTrace(b, 3), 3)
		x := b.Input("x", 3)
		u, l := flow.transport(x, false)
		b.Output("u", u)
		b.Output("l", l)
		b.Output("steps", flow.steps(x))
		back, l2 := flow.transport(u, true)
		b.Output("back", back)
		b.Output("sum", graph.Add(l, l2))
		return nil
	}}
	var flat []float64
	for _, row := range a {
		flat = append(flat, row...)
	}
	want := make([]float64, 9)
	e := expm(a)
	for r := range 3 {
		for i := range 3 {
			for j := range 3 {
				want[3*r+i] += e[i][j] * x[3*r+j]
			}
		}
	}
	last, lastSteps := math.Inf(1), 0.
	for _, tolerance := range []float64{1e-3, 1e-5, 1e-7, 1e-9} {
		t.Run(fmt.Sprint(tolerance), func(t *testing.T) {
			b := open(t, s).with(numbers{"a": flat, "x": x, "tolerance": {tolerance}})
			u, steps := b.out("u"), b.out("steps")
			err := apart(u, want) / 30
			if err > 10*tolerance || err > last/5 {
				t.Errorf("error %.1e after %.1e", err, last)
			}
			if steps[0] <= lastSteps {
				t.Errorf("%g steps, no more than %g at the looser tolerance", steps[0], lastSteps)
			}
			last, lastSteps = err, steps[0]
			if tolerance < 1e-3 && steps[1] >= steps[0] {
				t.Errorf("%g steps for a row at rest, %g for a moving one", steps[1], steps[0])
			}
			near(t, "log-det", b.out("l"), []float64{-2.5, -2.5, -2.5}, 1e-12)
			near(t, "log-dets cancel", b.out("sum"), []float64{0, 0, 0}, 1e-12)
			near(t, "back", b.out("back"), x, 100*tolerance)
		})
	}
}

// expm is e^A by scaling, Taylor series and squaring.
func expm(a [][]float64) [][]float64 {
	n := len(a)
	mul := func(x, y [][]float64) [][]float64 {
		z := make([][]float64, n)
		for i := range z {
			z[i] = make([]float64, n)
			for j := range n {
				for k := range n {
					z[i][j] += x[i][k] * y[k][j]
				}
			}
		}
		return z
	}
	eye, small := make([][]float64, n), make([][]float64, n)
	for i := range n {
		eye[i], small[i] = make([]float64, n), make([]float64, n)
		eye[i][i] = 1
		for j := range n {
			small[i][j] = a[i][j] / 256
		}
	}
	sum := eye
	for k := 12; k > 0; k-- { // Horner's rule: 1 + A/1·(1 + A/2·(…))
		sum = mul(small, sum)
		for i := range n {
			for j := range n {
				sum[i][j] = sum[i][j]/float64(k) + eye[i][j]
			}
		}
	}
	for range 8 {
		sum = mul(sum, sum)
	}
	return sum
}

package graph_test

import (
	"context"
	"math"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/internal/engine"
	"diffeo/internal/tolerance"
	"diffeo/ref"
)

// The affine map is its formula, its log-derivative is that of its derivative, and the map with both Divide and Centered the other way undoes it.
func TestAffine(t *testing.T) {
	x := []float64{-1e30, -3, 0, 0.25, 7, 1e30}
	theta := [][2]float64{{0, 0}, {0.5, 1}, {-2, -4}, {1, 1e30}, {1, -1e30}}
	for bits := range 8 {
		c := graph.AffineConfig{Bound: 5, Divide: bits&1 != 0, Centered: bits&2 != 0}
		if bits&4 != 0 {
			c.Scale = graph.SoftScale
		}
		back := c
		back.Divide, back.Centered = !c.Divide, !c.Centered
		g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
			in, th := b.Input("x", 1), b.Input("theta", 2, 1)
			y, l := graph.Affine(c, in, th)
			b.Output("y", y)
			b.Output("l", l)
			b.Output("slope", graph.Gradient(graph.Sum(y), in)[0])
			u, lu := graph.Affine(back, y, th)
			b.Output("u", u)
			b.Output("sum", graph.Add(l, lu))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, th := range theta {
			call := ref.Call{Rows: len(x), Inputs: map[string][]float64{"x": x}}
			for range x {
				call.Inputs["theta"] = append(call.Inputs["theta"], th[0], th[1])
			}
			log := 5 * math.Tanh(th[1]/5)
			if c.Scale == graph.SoftScale {
				log = 5 * (th[1] / (5 + math.Abs(th[1])))
			}
			if c.Divide {
				log = -log
			}
			for _, run := range []engine.Engine{engine.Ref, engine.CPU[float64](cpu.Options{})} {
				r, err := run(context.Background(), g, call)
				if err != nil {
					t.Fatal(err)
				}
				for i, x := range x {
					want := x*math.Exp(log) + th[0]
					if c.Centered {
						want = (x - th[0]) * math.Exp(log)
					}
					bound := tolerance.Float64.Gradient
					for name, want := range map[string]float64{"y": want, "l": log, "slope": math.Exp(log), "u": x, "sum": 0} {
						b := bound
						if name == "u" { // what the shift rounds away comes back larger by the factor
							b = b.Times(math.Exp(math.Abs(log)))
						}
						if got := r.Outputs[name][i]; !b.Allows(got, want) {
							t.Errorf("%v, theta %v at %g: %s is %v, want %v", c, th, x, name, got, want)
						}
					}
				}
			}
		}
	}
}

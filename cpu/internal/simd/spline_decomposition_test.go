package simd_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"diffeo/cpu/internal/simd"
	"diffeo/graph"
	"diffeo/ref"
)

// TestSplineDecomposition: the kernels compute what package graph defines, values and gradients, both directions.
func TestSplineDecomposition(t *testing.T) {
	const lanes, seed = 300, 7
	base := graph.SplineConfig{
		Bins: 6, Low: -2, High: 2.5, MinWidth: 1e-3, MinHeight: 2e-3, BinScale: 0.7, MinSlope: 1e-3, MaxSlope: 100, SlopeShift: 0.5,
	}
	for name, change := range map[string]func(c *graph.SplineConfig){
		"plain":   func(*graph.SplineConfig) {},
		"ends":    func(c *graph.SplineConfig) { c.LearnedEnds = true },
		"boxed":   func(c *graph.SplineConfig) { c.Boxed, c.LearnedEnds = true, true },
		"clipped": func(c *graph.SplineConfig) { c.Slope, c.Clip = graph.ClippedSlope, 5 },
		"limit":   func(c *graph.SplineConfig) { c.MaxSlope = 1 },
		"one bin": func(c *graph.SplineConfig) { c.Bins, c.LearnedEnds = 1, true },
	} {
		for _, inverse := range []bool{false, true} {
			c := base
			change(&c)
			c.Inverse = inverse
			r := rand.New(rand.NewPCG(seed, uint64(c.Bins)))
			rows := c.Params()
			x, gy, gl := make([]float64, lanes), make([]float64, lanes), make([]float64, lanes)
			theta := make([]float64, rows*lanes) // feature-major
			for i := range x {
				x[i] = c.Low + (c.High-c.Low)*(1.4*r.Float64()-0.2)
				if i < 3 {
					x[i] = []float64{c.Low, c.High, math.NaN()}[i]
				}
				gy[i], gl[i] = r.NormFloat64(), r.NormFloat64()
			}
			for i := range theta {
				theta[i] = r.NormFloat64()
			}
			want := splineByGraph(t, c, x, theta, gy, gl)
			p := simd.SplineParams{
				Bins: c.Bins, Low: c.Low, High: c.High, MinWidth: c.MinWidth, MinHeight: c.MinHeight, BinScale: c.BinScale,
				MinSlope: c.MinSlope, MaxSlope: c.MaxSlope, SlopeShift: c.SlopeShift,
				Clipped: c.Slope == graph.ClippedSlope, Clip: c.Clip, LearnedEnds: c.LearnedEnds, Boxed: c.Boxed,
			}
			if p.Rows() != rows {
				t.Fatalf("%s: %d rows, want %d", name, p.Rows(), rows)
			}
			for _, level := range simd.Levels() {
				restore := simd.SetLevelForTest(level)
				k := simd.For[float64]()
				restore()
				y, l, gx, gtheta := make([]float64, lanes), make([]float64, lanes), make([]float64, lanes), make([]float64, len(theta))
				k.RQS(y, l, x, theta, lanes, lanes, &p, inverse)
				k.RQSVJP(gx, gtheta, lanes, gy, gl, x, theta, lanes, lanes, &p, inverse)
				for what, pair := range map[string][2][]float64{
					"y": {y, want["y"]}, "l": {l, want["l"]}, "gx": {gx, want["gx"]}, "gtheta": {gtheta, want["gtheta"]},
				} {
					for i, got := range pair[0] {
						w := pair[1][i]
						same := got == w || got != got && w != w
						if i%lanes == 2 && what[0] == 'g' {
							continue // at NaN the kernel's gradients are finite
						}
						if !same && !(math.Abs(got-w) <= 1e-11*(1+math.Abs(w))) {
							t.Fatalf("%s, %v, inverse %v: %s of lane %d (x = %v) is %v, want %v (seed %d)", name, level, inverse, what, i, x[i%lanes], got, w, seed)
						}
					}
				}
			}
		}
	}
}

// splineByGraph runs the decomposition, a row for each lane, and its gradient.
func splineByGraph(t *testing.T, c graph.SplineConfig, x, theta, gy, gl []float64) map[string][]float64 {
	t.Helper()
	g, err := graph.Build(graph.Train, func(b *graph.Builder) error {
		in := []graph.Value{b.Input("x", 1), b.Input("theta", c.Params(), 1)}
		y, l := graph.RationalQuadratic(c, in[0], in[1])
		grads := graph.VJP([]graph.Value{y, l}, []graph.Value{b.Input("gy", 1), b.Input("gl", 1)}, in)
		for name, v := range map[string]graph.Value{"y": y, "l": l, "gx": grads[0], "gtheta": grads[1]} {
			b.Output(name, v)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	lanes, rows := len(x), c.Params()
	turn := func(a []float64, n, m int) []float64 { // n×m to m×n
		b := make([]float64, len(a))
		for i := range n {
			for j := range m {
				b[j*n+i] = a[i*m+j]
			}
		}
		return b
	}
	res, err := ref.Run(context.Background(), g, ref.Call{
		Rows: lanes, Inputs: map[string][]float64{"x": x, "theta": turn(theta, rows, lanes), "gy": gy, "gl": gl},
	})
	if err != nil {
		t.Fatal(err)
	}
	out := res.Outputs
	out["gtheta"] = turn(out["gtheta"], lanes, rows)
	return out
}

package graph_test

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/internal/engine"
	"diffeo/ref"
)

// plainSpline has 0 as the identity.
func plainSpline(bins int) graph.SplineConfig {
	return graph.SplineConfig{
		Bins: bins, Low: -3, High: 3, MinWidth: 1e-3, MinHeight: 1e-3, BinScale: 1,
		MinSlope: 1e-3, MaxSlope: 1e4, SlopeShift: math.Log(math.Expm1(1 - 1e-3)),
	}
}

// fataler is a test or a property test.
type fataler interface{ Fatal(args ...any) }

// spline computes c at points, all with the same parameters: y, the log-derivative, and the derivatives of y and of the log-derivative with
// respect to x (gx, lx) and of their sum with respect to theta, row by row.
func spline(t fataler, run engine.Engine, c graph.SplineConfig, x, theta []float64) map[string][]float64 {
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		in, th := b.Input("x", 1), b.Input("theta", c.Params(), 1)
		y, l := graph.RationalQuadratic(c, in, th)
		b.Output("y", y)
		b.Output("l", l)
		b.Output("gx", graph.Gradient(y, in)[0])
		b.Output("lx", graph.Gradient(l, in)[0])
		b.Output("gtheta", graph.Gradient(graph.Add(y, l), th)[0])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	in := map[string][]float64{"x": x, "theta": slices.Repeat(theta, len(x))}
	r, err := run(context.Background(), g, ref.Call{Rows: len(x), Inputs: in})
	if err != nil {
		t.Fatal(err)
	}
	return r.Outputs
}

func inverted(c graph.SplineConfig) graph.SplineConfig {
	c.Inverse = true
	return c
}

func TestZeroParametersAreTheIdentity(t *testing.T) {
	x := []float64{-1e30, -4, -3, -2.999, -1, 0, 0.1, 1, 3, 3.0001, 70}
	for _, bins := range []int{1, 2, 8, 33} {
		for _, c := range []graph.SplineConfig{plainSpline(bins), inverted(plainSpline(bins))} {
			out := spline(t, engine.Ref, c, x, make([]float64, c.Params()))
			for i, want := range x {
				if math.Abs(out["y"][i]-want) > 1e-14*math.Abs(want)+1e-15 || math.Abs(out["l"][i]) > 1e-14 {
					t.Errorf("%d bins, inverse %t: %g goes to %g with log-derivative %g", bins, c.Inverse, want, out["y"][i], out["l"][i])
				}
			}
		}
	}
}

// At the knots the spline takes the cumulated heights, with the given slopes, whichever side it is approached from.
func TestSplineGoesThroughItsKnots(t *testing.T) {
	c := plainSpline(4)
	theta := []float64{0.3, -1, 0.8, 0.1, -0.5, 0.9, 0.2, -0.3, 0.7, -0.6, 1.1}
	softmax := func(raw []float64) []float64 {
		sum, at, edges := 0., c.Low, []float64{c.Low}
		for _, r := range raw {
			sum += math.Exp(r)
		}
		for _, r := range raw {
			at += (c.High - c.Low) * (1e-3 + (1-4e-3)*math.Exp(r)/sum)
			edges = append(edges, at)
		}
		return edges
	}
	x, y := softmax(theta[:4]), softmax(theta[4:8])
	slopes := []float64{1}
	for _, r := range theta[8:] {
		slopes = append(slopes, 1e-3+math.Log1p(math.Exp(r+c.SlopeShift)))
	}
	slopes = append(slopes, 1)
	for _, side := range []float64{-1e-9, 0, 1e-9} {
		at := slices.Clone(x)
		for i := range at {
			at[i] += side
		}
		out := spline(t, engine.Ref, c, at, theta)
		for i := range at {
			if math.Abs(out["y"][i]-y[i]) > 1e-8 || math.Abs(out["l"][i]-math.Log(slopes[i])) > 1e-7 {
				t.Errorf("knot %d at %g%+g: %g with slope %g, want %g with %g", i, x[i], side, out["y"][i], math.Exp(out["l"][i]), y[i], slopes[i])
			}
		}
	}
}

// A batch wholly in the tails is left alone, and the bins that it is not in cannot spoil its gradients, however wild they are.
func TestTails(t *testing.T) {
	x := []float64{-1e300, -50, -3.0000001, 3.0000001, 4, 1e300}
	for _, scale := range []float64{0, 1, 50, 1e30} {
		for _, c := range []graph.SplineConfig{plainSpline(5), inverted(plainSpline(5))} {
			theta := make([]float64, c.Params())
			for i := range theta {
				theta[i] = scale * math.Sin(float64(3*i))
			}
			out := spline(t, engine.Ref, c, x, theta)
			for i := range x {
				if out["y"][i] != x[i] || out["l"][i] != 0 || out["gx"][i] != 1 || out["lx"][i] != 0 {
					t.Errorf("%g goes to %g, log-derivative %g, derivatives %g and %g", x[i], out["y"][i], out["l"][i], out["gx"][i], out["lx"][i])
				}
			}
			for i, g := range out["gtheta"] {
				if g != 0 {
					t.Fatalf("parameter scale %g: gradient %g of parameter %d", scale, g, i%c.Params())
				}
			}
		}
	}
}

// Outside a box there is no density.
func TestBoxedSpline(t *testing.T) {
	c := plainSpline(3)
	c.Boxed, c.LearnedEnds = true, true
	for _, c := range []graph.SplineConfig{c, inverted(c)} {
		out := spline(t, engine.Ref, c, []float64{-3, 3, -3.1, 8, -1e300}, []float64{1, 0, -1, 0, 2, 0, 1, -1, 1, -1})
		for i, l := range out["l"] {
			if inside := i < 2; inside == math.IsInf(l, -1) || math.Abs(out["y"][i]) > 3 || out["gx"][i] != out["gx"][i] || !inside && out["gx"][i] != 0 {
				t.Errorf("point %d: y %g, log-derivative %g, derivative %g", i, out["y"][i], l, out["gx"][i])
			}
		}
	}
}

// The edges of the box go to points of the box, by the decomposition as by the kernels, so that the inverse of a boxed spline takes them
// back; and the clamp that brings them there does not stop a gradient.
func TestEdgesStayInTheBox(t *testing.T) {
	const seed, columns = 5, 40
	r := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	edge := 0
	for name, run := range map[string]engine.Engine{"ref": engine.Ref, "cpu in float32": engine.CPU[float32](cpu.Options{Threads: 1})} {
		for _, box := range [][2]float64{{-3, 3}, {-0.3, 0.7}, {0, 1}} {
			for round := range columns {
				c := plainSpline(1 + round%9)
				c.Boxed, c.LearnedEnds = true, true
				c.Low, c.High = box[0], box[1]
				low, high := c.Low, c.High
				if name != "ref" {
					low, high = float64(float32(low)), float64(float32(high))
				}
				theta := make([]float64, c.Params())
				for i := range theta {
					theta[i] = float64(float32(2 * r.NormFloat64()))
				}
				x := []float64{low, high, float64(math.Nextafter32(float32(low), 4)), float64(math.Nextafter32(float32(high), -4))}
				for _, c := range []graph.SplineConfig{c, inverted(c)} {
					there := spline(t, run, c, x, theta)
					c.Inverse = !c.Inverse
					back := spline(t, run, c, there["y"], theta)
					for i, y := range there["y"] {
						if y == low || y == high {
							edge++
						}
						if slope := math.Exp(there["l"][i]); y < low || y > high || math.Abs(there["gx"][i]-slope) > 1e-3*slope || math.IsInf(back["l"][i], 0) {
							t.Fatalf("%s, %d bins in %v: %g goes to %g with derivative %g (%g by its logarithm), from where the log-derivative back is %g",
								name, c.Bins, box, x[i], y, there["gx"][i], slope, back["l"][i])
						}
					}
				}
			}
		}
	}
	if edge == 0 {
		t.Error("no point on an edge")
	}
}

// Whatever the parameters, in either number type: all results are finite, the derivative is the exponential of its logarithm, and the
// inverse finds a point that the spline takes back to where it came from. (A discriminant that is negative by rounding was a
// failure of others: nflows issue 87.)
func TestSplinesInvert(t *testing.T) {
	type engineOf struct {
		name     string
		run      engine.Engine
		eps      float64
		slope    float64 // relative, of the derivative
		rounding func(x float64) float64
	}
	exact := func(x float64) float64 { return x }
	single := func(x float64) float64 { return float64(float32(x)) }
	for _, e := range []engineOf{
		// The derivative of the decomposition is left as differentiation writes it, to be an independent witness: terms as large as the
		// largest slope, 10⁴, cancel in it to the smallest, 10⁻⁴.
		{"ref", engine.Ref, 1e-13, 1e-8, exact},
		{"cpu in float32", engine.CPU[float32](cpu.Options{Threads: 1}), 3e-5, 3e-3, single},
	} {
		t.Run(e.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				c := plainSpline(rapid.IntRange(1, 12).Draw(t, "bins"))
				c.LearnedEnds = rapid.Bool().Draw(t, "ends")
				if rapid.Bool().Draw(t, "clipped") {
					c.Slope, c.Clip, c.MinWidth, c.MinHeight = graph.ClippedSlope, -math.Log(1e-3), 0, 0
				}
				scale := rapid.SampledFrom([]float64{0.5, 3, 30, 1e30}).Draw(t, "scale")
				theta := make([]float64, c.Params())
				for i := range theta {
					theta[i] = e.rounding(scale * rapid.Float64Range(-1, 1).Draw(t, "theta"))
				}
				x := rapid.SliceOfN(rapid.Float64Range(-3.2, 3.2), 1, 6).Draw(t, "x")
				for i := range x {
					x[i] = e.rounding(x[i])
				}
				checkInverse(t, e.run, e.eps, e.slope, c, x, theta)
			})
		})
	}
}

func checkInverse(t *rapid.T, run engine.Engine, eps, slopeEps float64, c graph.SplineConfig, y, theta []float64) {
	back := spline(t, run, inverted(c), y, theta)
	there := spline(t, run, c, back["y"], theta)
	for i := range y {
		for _, out := range []map[string][]float64{back, there} {
			for name, v := range out {
				for _, x := range v {
					if math.IsNaN(x) || math.IsInf(x, 0) && !(name == "gtheta" || name == "lx") {
						t.Fatalf("%s is %g", name, x)
					}
				}
			}
			// A rounding of the knots, or of x, moves the log-derivative by its derivative times as much: a lot in a bin of a millionth.
			if slope := math.Log(out["gx"][i]); math.Abs(slope-out["l"][i]) > slopeEps*(1+math.Abs(slope))+eps*math.Abs(out["lx"][i]) {
				t.Fatalf("the derivative is e^%g, the log-derivative %g", slope, out["l"][i])
			}
		}
		// A rounding of x moves y by the slope times as much.
		if e := math.Abs(there["y"][i] - y[i]); e > eps*(1+6*math.Exp(there["l"][i])) {
			t.Fatalf("%g goes back to %g, and from there to %g: off by %g where the slope is %g", y[i], back["y"][i], there["y"][i], e, math.Exp(there["l"][i]))
		}
	}
}

package cpu_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"diffeo/cpu"
	"diffeo/cpu/internal/simd"
	"diffeo/fault"
	"diffeo/graph"
	"diffeo/internal/engine"
	"diffeo/matrix"
	"diffeo/ref"
)

// alone checks that each of the rows of a batch has the bits alone, in one lane, that it has among the others.
func alone[T matrix.Float](t *testing.T, what string, g *graph.Graph, rows int, in map[string][]float64) {
	t.Helper()
	p := compile[T](t, g, cpu.Options{Frozen: true})
	all := mustRun(t, p, g, ref.Call{Rows: rows, Inputs: in}).Outputs
	for r := range rows {
		one := map[string][]float64{}
		for _, n := range g.Inputs {
			name, d := string(n.Attr.(graph.Name)), n.Out[0].Shape.Size()
			one[name] = in[name]
			if n.Out[0].Rows > 0 {
				one[name] = in[name][r*d : (r+1)*d]
			}
		}
		want := map[string][]float64{}
		for name, x := range all {
			d := len(x) / rows
			want[name] = x[r*d : (r+1)*d]
		}
		got := mustRun(t, p, g, ref.Call{Rows: 1, Inputs: one}).Outputs
		for name, w := range want {
			for k := range w {
				if g := got[name][k]; math.Float64bits(g) != math.Float64bits(w[k]) && !(g != g && w[k] != w[k]) {
					t.Fatalf("%s, %T: %s[%d] of row %d is %x alone and %x among %d rows", what, *new(T), name, k, r, g, w[k], rows)
				}
			}
		}
	}
}

// eachLane runs a check with every instruction set and number type.
func eachLane(t *testing.T, f32, f64 func(t *testing.T)) {
	for _, level := range simd.Levels() {
		t.Run(level.String(), func(t *testing.T) {
			defer simd.SetLevelForTest(level)()
			f32(t)
			f64(t)
		})
	}
}

// strange is numbers among which all kinds that arithmetic treats in its own way come up often.
func strange(r *rand.Rand, n int) []float64 {
	odd := []float64{0, math.Copysign(0, -1), 1, -1, math.Inf(1), math.Inf(-1), math.NaN(), 1e30, -1e-30}
	x := make([]float64, n)
	for i := range x {
		if x[i] = r.NormFloat64(); r.IntN(3) == 0 {
			x[i] = odd[r.IntN(len(odd))]
		}
	}
	return x
}

// Simple operations on few numbers, which one lane computes in plain Go, on many, and stretches of both.
func TestChainsInOneLane(t *testing.T) {
	eachLane(t, testChains[float32], testChains[float64])
}

func testChains[T matrix.Float](t *testing.T) {
	const rows = 20
	r := rand.New(rand.NewPCG(1, 2))
	for _, d := range []int{1, 6, 24, 25, 40} {
		g := build(t, func(b *graph.Builder) {
			x, y, w, s := b.Input("x", d), b.Input("y", d), b.Param("w", d), b.Param("s")
			var sum graph.Value
			for k, v := range []graph.Value{
				graph.Add(x, y), graph.Sub(x, y), graph.Mul(x, y), graph.Div(x, y), graph.Max(x, y), graph.Min(x, y),
				graph.Add(x, s), graph.Sub(x, s), graph.Sub(s, x), graph.Mul(s, x), graph.Div(x, s), graph.Div(s, x), graph.Max(x, s), graph.Min(s, x),
				graph.Add(x, w), graph.Sub(w, x), graph.Div(x, w), graph.Neg(x), graph.ReLU(x), graph.Abs(x), graph.Tanh(y), graph.Exp(x),
				graph.Select(graph.Less(x, y), y, x), graph.Select(graph.Less(x, s), w, y), graph.Concat(0, graph.Slice(y, 0, 0, d/2), graph.Slice(x, 0, d/2, d)),
				graph.Clamp(x, -0.5, 0.5), graph.OnRows(w, 1),
			} {
				b.Output(fmt.Sprint("v", k), graph.Mul(v, y)) // a chain has two links at least
				b.Output(fmt.Sprint("total", k), graph.Sum(v))
				b.Output(fmt.Sprint("most", k), graph.MaxOver(v, 0))
				if tame := graph.Clamp(v, -3, 3); k == 0 {
					sum = tame
				} else {
					sum = graph.Add(graph.Scale(sum, 0.5), tame)
				}
			}
			b.Output("sum", sum)
		})
		alone[T](t, fmt.Sprint(d, " columns"), g, rows, map[string][]float64{
			"x": strange(r, rows*d), "y": normals(5, rows*d), "w": strange(r, d), "s": {-0.7},
		})
	}
}

// A spline's columns take the place of lanes: parameters by rows, by columns, and spread out.
func TestSplinesInOneLane(t *testing.T) {
	eachLane(t, testOneSpline[float32], testOneSpline[float64])
}

func testOneSpline[T matrix.Float](t *testing.T) {
	const rows = 9
	for _, d := range []int{1, 2, 5, 20} {
		for _, inverse := range []bool{false, true} {
			c := graph.SplineConfig{Bins: 4, Low: -2, High: 2, MinWidth: 1e-3, MinHeight: 1e-3, MinSlope: 1e-3, MaxSlope: 1e4, BinScale: 1, Inverse: inverse}
			n := c.Params()
			g := build(t, func(b *graph.Builder) {
				x, rowed, columned := b.Input("x", d), b.Input("rowed", n, d), b.Input("columned", d, n)
				turned := make([]int, d)
				for k := range turned {
					turned[k] = d - 1 - k
				}
				for k, theta := range []graph.Value{rowed, graph.Transpose(columned), graph.Take(rowed, 1, turned)} {
					y, l := graph.RationalQuadratic(c, graph.Take(x, 0, turned), theta)
					b.Output(fmt.Sprint("y", k), y)
					b.Output(fmt.Sprint("l", k), graph.Sum(l))
				}
			})
			alone[T](t, fmt.Sprintf("%d columns, inverse %t", d, inverse), g, rows, map[string][]float64{
				"x": normals(1, rows*d), "rowed": normals(2, rows*n*d), "columned": normals(3, rows*n*d),
			})
		}
	}
}

// Affine maps, likewise, with columns side by side, turned round and spread out, and their gradients.
func TestAffineMapsInOneLane(t *testing.T) {
	eachLane(t, testOneAffine[float32], testOneAffine[float64])
}

func testOneAffine[T matrix.Float](t *testing.T) {
	const rows = 9
	for _, d := range []int{1, 2, 5, 20} {
		for _, centered := range []bool{false, true} {
			c := graph.AffineConfig{Bound: 2, Centered: centered, Divide: true}
			g := build(t, func(b *graph.Builder) {
				x, rowed, columned := b.Input("x", d), b.Input("rowed", 2, d), b.Input("columned", d, 2)
				turned := make([]int, d)
				for k := range turned {
					turned[k] = d - 1 - k
				}
				for k, theta := range []graph.Value{rowed, graph.Transpose(columned), graph.Take(rowed, 1, turned)} {
					y, l := graph.Affine(c, graph.Take(x, 0, turned), theta)
					b.Output(fmt.Sprint("y", k), y)
					b.Output(fmt.Sprint("l", k), l)
					u, _ := graph.Affine(c, x, theta)
					loss := graph.Add(graph.Sum(graph.Square(u)), graph.Sum(l))
					b.Output(fmt.Sprint("gx", k), graph.Gradient(loss, x)[0])
					b.Output(fmt.Sprint("gtheta", k), graph.Gradient(loss, theta)[0])
				}
			})
			alone[T](t, fmt.Sprintf("%d columns, centered %t", d, centered), g, rows, map[string][]float64{
				"x": strange(rand.New(rand.NewPCG(4, 5)), rows*d), "rowed": normals(2, rows*2*d), "columned": normals(3, rows*2*d),
			})
		}
	}
}

// Layers with masks of every kind, whose transposed weights lie in blocks.
func TestMaskedLayersInOneLane(t *testing.T) {
	eachLane(t, testOneLayer[float32], testOneLayer[float64])
}

func testOneLayer[T matrix.Float](t *testing.T) {
	const rows = 7
	masks := map[string]func(i, j, n, k int) bool{
		"dense":      func(int, int, int, int) bool { return true },
		"triangular": func(i, j, n, k int) bool { return j*n <= i*k },
		"reversed":   func(i, j, n, k int) bool { return j*n >= i*k },
		"stairs":     func(i, j, n, k int) bool { return j*5/k <= i*5/n },
		"sprinkled":  func(i, j, _, _ int) bool { return (i*7+j*5)%3 == 0 },
		"empty":      func(int, int, int, int) bool { return false },
		"lone":       func(i, j, _, _ int) bool { return i == 0 && j == 0 },
	}
	for what, sees := range masks {
		for _, size := range [][2]int{{1, 1}, {5, 3}, {40, 100}, {300, 70}, {90, 1}, {1, 90}} {
			n, k := size[0], size[1]
			mask := make([]float64, n*k)
			for i := range n {
				for j := range k {
					if sees(i, j, n, k) {
						mask[i*k+j] = 1
					}
				}
			}
			g := build(t, func(b *graph.Builder) {
				w := graph.Mul(b.Param("w", n, k), b.Const(mask, n, k))
				y := graph.Linear(w, b.Input("x", k))
				b.Output("y", y)
				b.Output("activated", graph.ReLU(graph.Add(graph.Linear(w, b.Input("z", k)), b.Param("bias", n))))
			})
			alone[T](t, fmt.Sprintf("%s %d×%d", what, n, k), g, rows, map[string][]float64{
				"x": normals(1, rows*k), "z": normals(2, rows*k), "w": normals(3, n*k), "bias": normals(4, n),
			})
		}
	}
}

// A frame that has its parameters still checks what changes from call to call.
func TestPreparedFramesCheckTheirInputs(t *testing.T) {
	g := build(t, func(b *graph.Builder) { b.Output("y", graph.Linear(b.Param("w", 3, 2), b.Input("x", 2))) })
	p := compile[float64](t, g, cpu.Options{Frozen: true})
	call := ref.Call{Rows: 1, Inputs: map[string][]float64{"w": normals(1, 6), "x": {1, 2}}}
	want := mustRun(t, p, g, call).Outputs["y"]
	args := p.NewArgs()
	args.Rows = 1
	out := make([]float64, 3)
	args.Out[0].Data = out
	for i, name := range p.Inputs() {
		args.In[i].Data = call.Inputs[name]
		if name == "x" {
			args.In[i].Data = []float64{1}
		}
	}
	if err := p.Run(t.Context(), &args); !errors.Is(err, fault.ErrShape) {
		t.Errorf("a row of one number: %v", err)
	}
	for i, name := range p.Inputs() {
		args.In[i].Data = call.Inputs[name]
	}
	args.Out[0].Data = out[:2]
	if err := p.Run(t.Context(), &args); !errors.Is(err, fault.ErrShape) {
		t.Errorf("two numbers for three results: %v", err)
	}
	got, err := engine.Run(t.Context(), p, g, call)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "after errors", got.Outputs, map[string][]float64{"y": want})
}

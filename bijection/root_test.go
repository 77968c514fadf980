package bijection

import (
	"math"
	"math/rand/v2"
	"testing"

	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/internal/engine"
	"diffeo/ref"
)

// hard are increasing functions on which Newton's method by itself goes astray, with their roots as functions of a.
var hard = []struct {
	name string
	f    equation
	root func(a float64) float64
}{
	{"cube", func(z graph.Value, in []graph.Value) (value, slope, size graph.Value) {
		cube := graph.Mul(z, graph.Square(z))
		return graph.Sub(cube, in[0]), graph.Scale(graph.Square(z), 3), magnitudes(cube, in[0])
	}, math.Cbrt},
	{"steep step", func(z graph.Value, in []graph.Value) (value, slope, size graph.Value) {
		t := graph.Tanh(graph.Scale(graph.Sub(z, in[0]), 1e4))
		line := graph.Scale(graph.Sub(z, in[0]), 1e-6)
		return graph.Add(t, line), graph.Offset(graph.Scale(graph.Offset(graph.Neg(graph.Square(t)), 1), 1e4), 1e-6), magnitudes(t, line)
	}, func(a float64) float64 { return a }},
	{"nearly flat", func(z graph.Value, in []graph.Value) (value, slope, size graph.Value) {
		t := graph.Tanh(z)
		return graph.Sub(graph.Sub(z, graph.Scale(t, 1-1e-3)), in[0]), graph.Offset(graph.Scale(graph.Offset(graph.Neg(graph.Square(t)), 1), 1e-3-1), 1), magnitudes(z, t, in[0])
	}, nil},
	{"slope that is NaN", func(z graph.Value, in []graph.Value) (value, slope, size graph.Value) {
		return graph.Sub(z, in[0]), graph.Div(graph.ZerosLike(z), graph.ZerosLike(z)), magnitudes(z, in[0])
	}, func(a float64) float64 { return a }},
}

// The root is found to rounding from brackets of any width, in both number types, whatever the other rows need.
func TestRootsOfHardEquations(t *testing.T) {
	const rows, seed = 200, 11
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	a := make([]float64, rows)
	for i := range a {
		a[i] = float64(float32(rng.NormFloat64() * math.Pow(10, float64(rng.IntN(9)-4))))
	}
	a[0], a[1] = 0, math.Copysign(0, -1)
	for _, e := range []struct {
		name string
		run  engine.Engine
		eps  float64
	}{{"ref", engine.Ref, 0x1p-52}, {"cpu in float64", engine.CPU[float64](cpu.Options{}), 0x1p-52}, {"cpu in float32", engine.CPU[float32](cpu.Options{}), 0x1p-23}} {
		for _, h := range hard {
			for _, width := range []float64{1e6, 1e12} {
				g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
					in := b.Input("a")
					zero := graph.ZerosLike(in)
					z := root(b, h.name, graph.Offset(zero, -width), graph.Offset(zero, width), []graph.Value{in}, h.f)
					value, slope, size := h.f(z, []graph.Value{in})
					b.Output("z", z)
					b.Output("value", value)
					b.Output("slope", slope)
					b.Output("size", size)
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				r, err := e.run(t.Context(), g, ref.Call{Rows: rows, Inputs: map[string][]float64{"a": a}})
				if err != nil {
					t.Fatal(err)
				}
				for i := range a {
					z, value, slope, size := r.Outputs["z"][i], r.Outputs["value"][i], r.Outputs["slope"][i], r.Outputs["size"][i]
					// The value is below what its terms round to, or one float further it has the other sign.
					if most := 8*e.eps*size + 2*e.eps*math.Abs(z)*math.Abs(slope); h.root == nil && !(math.Abs(value) <= most) {
						t.Errorf("%s, %s, width %g: a = %g gives %g with value %g, allowed %g", e.name, h.name, width, a[i], z, value, most)
					}
					if h.root == nil {
						continue
					}
					if want := h.root(a[i]); !(math.Abs(z-want) <= 16*e.eps*math.Max(math.Abs(want), 1e-3)) {
						t.Errorf("%s, %s, width %g: a = %g gives %.17g, want %.17g", e.name, h.name, width, a[i], z, want)
					}
				}
			}
		}
	}
}

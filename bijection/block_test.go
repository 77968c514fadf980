package bijection_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"diffeo/bijection"
	"diffeo/cpu"
	"diffeo/graph"
	"diffeo/internal/engine"
	"diffeo/param"
	"diffeo/ref"
)

// A block autoregressive map comes back from points far out, where all its activations are flat, and from weights that make it steep or flat; its
// columns are solved one after the other, so a column's error does not grow through the next.
func TestBlockAutoregressiveFarOut(t *testing.T) {
	const d, rows, seed = 3, 60, 9
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	u := make([]float64, rows*d)
	for i := range u {
		u[i] = float64(float32(rng.NormFloat64() * math.Pow(10, float64(i/d%7-3))))
	}
	for _, noise := range []float64{0, 1, 5} {
		r := param.NewRegistry()
		m, err := bijection.BlockAutoregressive{Width: 4, Depth: 2}.Bind(r.Scope(), graph.Shape{d}, nil)
		if err != nil {
			t.Fatal(err)
		}
		specs, err := r.Specs()
		if err != nil {
			t.Fatal(err)
		}
		in, set := map[string][]float64{"u": u}, param.New(specs, seed)
		for _, s := range specs {
			v := set.Data(s.Name)
			for i := range v {
				v[i] += noise * rng.NormFloat64()
			}
			in[s.Name] = v
		}
		g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
			x, l := m.Forward(b, b.Input("u", d), graph.Value{})
			back, k := m.Inverse(b, x, graph.Value{})
			b.Output("x", x)
			b.Output("u", back)
			b.Output("sum", graph.Add(l, k))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range []struct {
			name string
			run  engine.Engine
			tol  float64
		}{{"ref", engine.Ref, 1e-12}, {"cpu in float64", engine.CPU[float64](cpu.Options{}), 1e-12}, {"cpu in float32", engine.CPU[float32](cpu.Options{}), 1e-4}} {
			out, err := e.run(t.Context(), g, ref.Call{Rows: rows, Inputs: in})
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range u {
				// Of a column's own terms the rounding is what counts: the largest of u and x.
				size := 1.
				for c := range d {
					size = math.Max(size, math.Max(math.Abs(u[i/d*d+c]), math.Abs(out.Outputs["x"][i/d*d+c])))
				}
				if got := out.Outputs["u"][i]; !(math.Abs(got-want) <= e.tol*size) {
					t.Errorf("%s, noise %g: row %d column %d is %.9g, want %.9g (x %v)", e.name, noise, i/d, i%d, got, want, out.Outputs["x"][i/d*d:i/d*d+d])
				}
			}
			for i, s := range out.Outputs["sum"] {
				if math.Abs(s) > 1e-9 && e.tol < 1e-9 || !(math.Abs(s) < 1e-2) {
					t.Errorf("%s, noise %g: log-determinants of row %d sum to %g", e.name, noise, i, s)
				}
			}
		}
	}
}

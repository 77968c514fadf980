package recipe_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/flow"
	"diffeo/flowtest"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/recipe"
	"diffeo/ref"
	"diffeo/scalar"
)

// edges are points where branches meet: 0, the ends of boxes and circles, their neighbours in float32, and far out.
func edges() (x []float64) {
	for _, at := range []float64{0, 1, 2, 3, 5, 10, 20, math.Pi, 1e6, 1e30} {
		up, down := math.Nextafter32(float32(at), math.MaxFloat32), math.Nextafter32(float32(at), -1)
		for _, v := range []float64{at, float64(up), float64(down)} {
			x = append(x, v, -v)
		}
	}
	return x
}

// alone is a flow of one column and one map of the table, with parameters that are learned directly.
func alone(t *testing.T, kind string) flow.Flow {
	t.Helper()
	m := recipe.LayerMap{Kind: kind}
	if kind == recipe.MixedMap {
		m.Groups = []recipe.LayerGroup{{Map: recipe.LayerMap{Kind: recipe.SplineMap}, Columns: []int{0}}}
	}
	f, err := recipe.FromLayers(recipe.Layers{Dim: 1, Layers: []recipe.Layer{{Kind: recipe.StaticLayer, Map: &m}}})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Every spline goes back to where it came from, with parameters drawn far from their beginning, also in float32 and on its knots, and no value is a NaN.
func splinesInvert(t *testing.T) {
	const rows, eps = 256, 0x1p-23
	for _, m := range []scalar.Map{
		scalar.RationalQuadratic{}, scalar.RationalQuadratic{Bins: 20, Low: 0, High: 1, Boxed: true, LearnedEnds: true}, scalar.RationalQuadratic{SoftClip: 1e-3},
		scalar.PolynomialSpline{Degree: 1}, scalar.PolynomialSpline{}, scalar.PolynomialSpline{Degree: 3}, scalar.Circular{},
	} {
		b, _ := bind(t, flow.Flow{Base: dist.StandardNormal{Dim: 1}, Transform: bijection.Coupling{Mask: []bool{false}, Map: m, Net: nn.MLP{Hidden: []int{}}}, Context: 8}, 0)
		weights, rng := map[string][]float64{}, rand.New(rand.NewPCG(8, 7))
		for _, s := range b.Specs {
			v := make([]float64, s.Shape.Size())
			for i := range v {
				v[i] = 3 * rng.NormFloat64()
			}
			weights[s.Name] = v
		}
		x, c := make([]float64, rows), make([]float64, 8*rows)
		for i := range x {
			if x[i] = float64(float32(6 * (rng.Float64() - 0.5))); i%4 == 0 { // with bins of equal width these are knots
				x[i] = math.Round(4*x[i]) / 4
			}
		}
		for i := range c {
			c[i] = rng.NormFloat64()
		}
		in := map[string][]float64{"x": x, "c": c}
		for k, v := range weights {
			in[k] = v
		}
		g, err := graph.Build(graph.Evaluate, func(g *graph.Builder) error {
			cond := g.Input("c", 8)
			u, l := b.Transform.Inverse(g, g.Input("x", 1), cond)
			back, k := b.Transform.Forward(g, u, cond)
			g.Output("u", u)
			g.Output("l", l)
			g.Output("back", back)
			g.Output("k", k)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for name, run := range map[string]flowtest.Engine{"float64": flowtest.Compiled[float64](), "float32": flowtest.Compiled[float32]()} {
			out, err := run(g, rows, in)
			if err != nil {
				t.Fatal(err)
			}
			for i, l := range out["l"] {
				inside := !math.IsInf(l, -1)
				// What u is rounded by, stretched on the way back; and x itself.
				within := 200 * eps * (8 + 8*math.Exp(-l))
				if u, back := out["u"][i], out["back"][i]; u != u || back != back || l != l || inside && !(math.Abs(back-x[i]) <= within) {
					t.Errorf("%T in %s: %g goes to %g (log-derivative %g) and comes back as %g", m, name, x[i], u, l, back)
				}
			}
		}
	}
}

// Every map of one variable has gradients that are numbers, of points and of parameters, in both directions, wherever its branches meet and far outside.
func gradientsOfUnchosenBranches(t *testing.T) {
	engine := flowtest.Compiled[float32]()
	for _, kind := range recipe.MapKinds() {
		b, weights := bind(t, alone(t, kind), 0.3)
		for way, direction := range map[string]func(b *graph.Builder, x, cond graph.Value) (y, logDet graph.Value){
			"Forward": b.Transform.Forward, "Inverse": b.Transform.Inverse,
		} {
			g, err := graph.Build(graph.Evaluate, func(g *graph.Builder) error {
				x := g.Input("x", 1)
				y, l := direction(g, x, graph.Value{})
				loss := graph.OnRows(graph.Sub(l, graph.Scale(graph.Sum(graph.Square(graph.Clamp(y, -1e6, 1e6))), 0.5)), 1)
				g.Output("gradient of x", graph.Gradient(loss, x)[0])
				for _, s := range b.Specs {
					g.Output("gradient of "+s.Name, graph.Gradient(graph.SumRows(loss), g.Param(s.Name, s.Shape...))[0])
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			weights["x"] = edges()
			out, err := engine(g, len(edges()), weights)
			if err != nil {
				t.Fatal(err)
			}
			for name, v := range out {
				for i, d := range v {
					if d != d {
						t.Errorf("%s of %s: element %d of the %s is NaN", way, kind, i, name)
						break
					}
				}
			}
		}
	}
}

// All rows far outside of every box, and no row at all: log-densities and gradients are numbers.
func batchInTheTails(t *testing.T) {
	engine := flowtest.Compiled[float32]()
	for _, name := range recipe.Names() {
		f, err := recipe.New(name, recipe.Config{Dim: 3, Transforms: 2, Hidden: []int{6}})
		if err != nil {
			t.Fatal(err)
		}
		b, weights := bind(t, f, 0.1)
		g, err := graph.Build(graph.Evaluate, func(g *graph.Builder) error {
			x := g.Input("x", 3)
			l := b.LogProb(g, x, graph.Value{})
			g.Output("log prob", l)
			g.Output("gradient", graph.Gradient(graph.OnRows(l, 1), x)[0])
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, rows := range []int{0, 1, 5} {
			in := map[string][]float64{"x": make([]float64, 3*rows)}
			for i := range in["x"] {
				in["x"][i] = 50 * float64(1-i%2*2)
			}
			for k, v := range weights {
				in[k] = v
			}
			out, err := engine(g, rows, in)
			if err != nil {
				t.Errorf("%s, %d rows: %v", name, rows, err)
				continue
			}
			for i, l := range out["log prob"] {
				if math.IsNaN(l) || math.IsInf(l, 0) && name != "ncsf" { // beyond the circle there is nothing
					t.Errorf("%s, %d rows in the tails: log-density %g of row %d", name, rows, l, i)
				}
			}
			for i, d := range out["gradient"] {
				if math.IsNaN(d) || math.IsInf(d, 0) {
					t.Errorf("%s, %d rows in the tails: gradient %g of element %d", name, rows, d, i)
				}
			}
		}
	}
}

// Bases that draw by rejection end after a number of tries that is known beforehand, also where hardly a proposal is accepted, and give a number.
func rejectionEnds(t *testing.T) {
	for name, d := range map[string]dist.Distribution{
		"nothing accepted":     dist.Resampled{Dim: 2, Net: nn.MLP{Hidden: []int{}}, Tries: 50},
		"narrow and flat":      dist.VonMises{Dim: 2, Concentration: []float64{1e8, 1e-10}},
		"a mixture with these": dist.MixtureOf{Components: []dist.Distribution{dist.VonMises{Dim: 1}, dist.UniformCircle{Dim: 1}}},
	} {
		f := flow.Flow{Base: d, Transform: bijection.Chain{}}
		b, weights := bind(t, f, 0)
		if name == "nothing accepted" {
			weights["base.acceptance.layers.0.bias"][0] = -1e6
		}
		const rows = 20
		g, err := graph.Build(graph.Evaluate, func(g *graph.Builder) error {
			x, l := b.Sample(g, g.SharedInput("key", graph.Uint32, 2), 1, graph.OnRows(g.Scalar(0), 1))
			g.Output("x", x)
			g.Output("l", l)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		weights["key"] = []float64{1, 2}
		most := 0
		r, err := ref.Run(t.Context(), g, ref.Call{Rows: rows, Inputs: weights, Looped: func(n int) { most = max(most, n) }})
		if err != nil {
			t.Fatal(name, err)
		}
		if most > 100 {
			t.Errorf("%s: %d tries", name, most)
		}
		for what, v := range r.Outputs {
			for i, x := range v {
				if x-x != 0 {
					t.Errorf("%s: %s %g of draw %d", name, what, x, i)
				}
			}
		}
	}
}

// An activation norm that has started keeps its values when it is asked to start again, by whatever data: its state is among the parameters, which a model
// file holds.
func activationNormsStartOnce(t *testing.T) {
	f := flow.Flow{Base: dist.StandardNormal{Dim: 2}, Transform: bijection.Chain{Transforms: []bijection.Bijection{bijection.ActNorm{}, bijection.BatchNorm{}}}}
	b, weights := bind(t, f, 0)
	g, err := b.StartGraph()
	if err != nil {
		t.Fatal(err)
	}
	start := func(shift float64) map[string][]float64 {
		const rows = 50
		x := normals(rows, 2)
		for i := range x {
			x[i] = shift + 3*x[i]
		}
		in := map[string][]float64{"x": x}
		for k, v := range weights {
			in[k] = v
		}
		r, err := ref.Run(t.Context(), g, ref.Call{Rows: rows, Inputs: in})
		if err != nil {
			t.Fatal(err)
		}
		return r.Updates
	}
	first := start(10)
	if first["transform.transforms.0.started"][0] != 1 {
		t.Fatalf("it has not started: %v", first)
	}
	for k, v := range first {
		weights[k] = v
	}
	for k, v := range start(-500) {
		for i, x := range v {
			if x != first[k][i] {
				t.Errorf("a second start moves %s from %g to %g", k, first[k][i], x)
			}
		}
	}
}

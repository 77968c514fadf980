package recipe_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/flow"
	"diffeo/flowtest"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/recipe"
	"diffeo/scalar"
)

// reports is what users of other libraries keep reporting about bases, maps, networks and flows, each made impossible here and tested under the number
// of its report. (Reports about data, inference and files are tested where those are.)
var reports = []struct {
	numbers string // project and number in its tracker
	says    string
	test    func(t *testing.T)
}{
	{"nflows 87", "the inverse of a spline aborts on a discriminant a little below 0", splinesInvert},
	{"flowjax 239, bayesflow 721", "gradients are NaN from the branch that was not chosen", gradientsOfUnchosenBranches},
	{"nflows 23", "a batch that lies wholly in the tails crashes", batchInTheTails},
	{"normflows 73, FrEIA 38", "NaN with depth or dimension", depthAndDimension},
	{"nflows 24, nflows 54, nflows 60", "log_prob and sample_and_log_prob disagree under context; n per context is taken for one per context", drawsUnderConditions},
	{"zuko 2", "sampling takes 70 times as long as scoring", drawsCostAsScores},
	{"sbi 741, sbi 1372", "rejection sampling hangs", rejectionEnds},
	{"sbi 585, flowjax 74", "NaN in place of −Inf outside the support", outsideTheSupport},
	{"normflows 58, nflows 73", "one column breaks couplings", couplingsOfOneColumn},
	{"nflows PR 5", "loading a model starts its activation norms again, and destroys it", activationNormsStartOnce},
	{"pyro 2718", "planar and radial flows cannot score", planarAndRadialScore},
	{"FrEIA 36, glow 15", "memory grows with depth", memoryAndDepth},
}

func TestReports(t *testing.T) {
	for _, r := range reports {
		t.Run(r.numbers, func(t *testing.T) {
			t.Log(r.says)
			r.test(t)
		})
	}
}

// Deep and wide flows with weights far from their beginning give numbers, also for
// points far out.
func depthAndDimension(t *testing.T) {
	for _, name := range recipe.Names() {
		for _, c := range []recipe.Config{
			{Dim: 2, Transforms: 60, Hidden: []int{8}},
			{Dim: 40, Transforms: 3, Hidden: []int{48}},
		} {
			if name == "iaf" {
				c.Dim = min(c.Dim, 12) // it scores in Dim rounds
			}
			f, err := recipe.New(name, c)
			if err != nil {
				t.Fatal(err)
			}
			b, weights := bind(t, f, 1)
			x := normals(4, c.Dim)
			for i := range c.Dim {
				x[i] *= 1e6
			}
			out := run(t, weights, 4, map[string][]float64{"x": x}, func(g *graph.Builder, out func(string, graph.Value)) {
				out("log prob", b.LogProb(g, g.Input("x", c.Dim), graph.Value{}))
			})
			for r, l := range out["log prob"] {
				if math.IsNaN(l) || math.IsInf(l, 1) {
					t.Errorf("%s, %d transforms of %d columns: log-density %g of row %d", name, c.Transforms, c.Dim, l, r)
				}
			}
		}
	}
}

// Couplings of one column become maps with parameters from the condition, or learned ones.
func couplingsOfOneColumn(t *testing.T) {
	for _, name := range []string{"nice", "realnvp"} {
		for _, context := range []int{0, 1} {
			f, err := recipe.New(name, recipe.Config{Dim: 1, Context: context, Transforms: 4, Hidden: []int{4}})
			if err != nil {
				t.Fatal(err)
			}
			b, weights := bind(t, f, 0.5)
			in := map[string][]float64{"u": {-1, 0, 2}, "c": {1, 1, 1}}
			out := run(t, weights, 3, in, func(g *graph.Builder, out func(string, graph.Value)) {
				var c graph.Value
				if context > 0 {
					c = g.Input("c", 1)
				}
				x, _ := b.Transform.Forward(g, g.Input("u", 1), c)
				u, _ := b.Transform.Inverse(g, x, c)
				out("x", x)
				out("u", u)
			})
			for i, u := range in["u"] {
				if math.Abs(out["u"][i]-u) > 1e-12 || math.Abs(out["x"][i]-u) < 1e-6 {
					t.Errorf("%s under %d columns: %g goes to %g and comes back as %g", name, context, u, out["x"][i], out["u"][i])
				}
			}
		}
	}
}

// Outside the support log-densities are −Inf and gradients numbers.
func outsideTheSupport(t *testing.T) {
	for _, f := range []flow.Flow{
		{Base: dist.StandardNormal{Dim: 2}, Transform: bijection.Static{Map: scalar.Exp{}}},
		{Base: dist.UnitBox(2), Transform: bijection.Static{}},
	} {
		b, weights := bind(t, f, 0.1)
		x := []float64{-3, 0.5, 0.5, -3, -1e30, -1e30}
		out := run(t, weights, 3, map[string][]float64{"x": x}, func(g *graph.Builder, out func(string, graph.Value)) {
			x := g.Input("x", 2)
			l := b.LogProb(g, x, graph.Value{})
			out("l", l)
			out("g", graph.Gradient(l, x)[0])
		})
		for r, l := range out["l"] {
			if !math.IsInf(l, -1) {
				t.Errorf("%T: log-density %g of row %d, which is outside", f.Base, l, r)
			}
		}
		for i, g := range out["g"] {
			if math.IsNaN(g) {
				t.Errorf("%T: gradient %d is NaN", f.Base, i)
			}
		}
	}
}

// n draws of a row belong to the row's own condition, and have the log-densities that scoring them gives.
func drawsUnderConditions(t *testing.T) {
	const n, rows = 50, 3
	f := flow.Flow{
		Base:      dist.StandardNormal{Dim: 1},
		Transform: bijection.Coupling{Map: scalar.Additive{}, Net: nn.MLP{Hidden: []int{}}},
		Context:   1,
	}
	b, weights := bind(t, f, 0)
	for name, v := range weights { // x = u + c
		v[0] = 0
		if name == "transform.conditioner.layers.0.context" {
			v[0] = 1
		}
	}
	c := []float64{-100, 0, 100}
	g, err := graph.Build(graph.Evaluate, func(g *graph.Builder) error {
		cond := g.Input("c", 1)
		x, l := b.Sample(g, g.SharedInput("key", graph.Uint32, 2), n, cond)
		g.Output("x", x)
		g.Output("given", l)
		g.Output("scored", b.LogProb(g, x, graph.SpreadRows(cond, n)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	weights["c"], weights["key"] = c, []float64{3, 4}
	out := runGraph(t, g, rows, weights)
	for i, x := range out["x"] {
		if math.Abs(x-c[i/n]) > 6 {
			t.Errorf("draw %d is %g, under condition %g", i, x, c[i/n])
		}
		if a, b := out["given"][i], out["scored"][i]; math.Abs(a-b) > 1e-10 {
			t.Errorf("draw %d has log-density %g, scoring gives %g", i, a, b)
		}
	}
	if first := out["x"][:n]; slices.Min(first) == slices.Max(first) {
		t.Error("the draws of a row are all equal")
	}
}

// The papers give the way of planar and radial maps from the base to the data alone: here a flow of them, in that direction, has log-densities that integrate to one and agree with its draws, and gradients for training.
func planarAndRadialScore(t *testing.T) {
	for _, m := range []bijection.Bijection{bijection.Planar{}, bijection.Radial{}, bijection.Sylvester{}, bijection.Planar{Slope: 0.3}} {
		f := flow.Flow{Base: dist.StandardNormal{Dim: 2}, Transform: bijection.Chain{Transforms: []bijection.Bijection{m, m}}}
		t.Run(fmt.Sprintf("%T", m), func(t *testing.T) {
			flowtest.Flow(t, f, flowtest.Options{Engine: flowtest.Compiled[float64]()})
		})
	}
}

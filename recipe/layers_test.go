package recipe_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/recipe"
)

// everyKind is a flow of every kind of layer, map, scale and network.
func everyKind() recipe.Layers {
	plain := &recipe.LayerNet{Kind: recipe.PlainNet, Hidden: []int{5}, Activation: "tanh", Context: "first"}
	return recipe.Layers{Dim: 3, Context: 2, Base: recipe.DiagonalBase, Layers: []recipe.Layer{
		{Kind: recipe.StaticLayer, Map: &recipe.LayerMap{Kind: recipe.AffineMap, Scale: &recipe.LayerScale{Kind: recipe.ExpScale}, Form: "data"}},
		{Kind: recipe.AutoregressiveLayer, Order: []int{2, 0, 1},
			Map: &recipe.LayerMap{Kind: recipe.AffineMap, Scale: &recipe.LayerScale{Kind: recipe.SoftplusScale, Floor: 0.01}, Form: "data"},
			Net: &recipe.LayerNet{Kind: recipe.ResidualNet, Hidden: []int{4}, Blocks: 1, Activation: "tanh", Context: "activated", Norm: "batch", Degrees: [][]int{{0, 1, 1, 2}}}},
		{Kind: recipe.LinearLayer, Diagonal: &recipe.LayerScale{Kind: recipe.SoftplusScale}},
		{Kind: recipe.PermutationLayer, Order: []int{1, 2, 0}, Inverted: true},
		{Kind: recipe.CouplingLayer, Columns: []int{0, 2},
			Map: &recipe.LayerMap{Kind: recipe.SplineMap, Bins: 3, Low: -3, High: 3, Unshifted: true},
			Net: &recipe.LayerNet{Kind: recipe.ResidualNet, Hidden: []int{4}, Blocks: 1, Activation: "tanh", Context: "gated"}},
		{Kind: recipe.StaticLayer, Columns: []int{1}, Map: &recipe.LayerMap{Kind: recipe.SplineMap, Bins: 2, SoftClip: 1e-3}},
		{Kind: recipe.CouplingLayer, Columns: []int{1},
			Map: &recipe.LayerMap{Kind: recipe.AffineMap, Scale: &recipe.LayerScale{Kind: recipe.SigmoidScale, Shift: 2}, Form: "center"},
			Net: &recipe.LayerNet{Kind: recipe.ParallelNet, Nets: []recipe.LayerNet{*plain, *plain}}},
		{Kind: recipe.CouplingLayer, Map: &recipe.LayerMap{Kind: recipe.AdditiveMap}, Net: &recipe.LayerNet{Kind: recipe.PlainNet, Hidden: []int{3}, Norm: "layer"}},
		{Kind: recipe.AutoregressiveLayer, Inverted: true,
			Map: &recipe.LayerMap{Kind: recipe.AffineMap, Scale: &recipe.LayerScale{Kind: recipe.SoftClipScale, Slope: 1e-2}}, Net: plain},
		{Kind: recipe.LinearLayer},
		{Kind: recipe.StaticLayer, Map: &recipe.LayerMap{Kind: recipe.AffineMap, Scale: &recipe.LayerScale{Kind: recipe.BoundedScale, Bound: 3}, Form: "base"}},
		{Kind: recipe.LinearLayer, Free: true, NoBias: true, OnBase: true},
		{Kind: recipe.LinearLayer, Negative: []bool{true, false, true}, Diagonal: &recipe.LayerScale{Kind: recipe.ExpScale}},
		{Kind: recipe.TriangularLayer, Upper: true, Normalized: true, OnBase: true, NoBias: true, Diagonal: &recipe.LayerScale{Kind: recipe.SoftplusScale}},
		{Kind: recipe.HouseholderLayer, Reflections: 2},
		{Kind: recipe.QRLayer, Reflections: 3, Diagonal: &recipe.LayerScale{Kind: recipe.ExpScale}, NoBias: true, OnBase: true},
		{Kind: recipe.SVDLayer, Reflections: 2, Diagonal: &recipe.LayerScale{Kind: recipe.SoftplusScale}, NoBias: true, OnBase: true},
		{Kind: recipe.RotationLayer},
		{Kind: recipe.CouplingLayer, Columns: []int{0}, Map: &recipe.LayerMap{Kind: recipe.MonotonicMap, Signal: 2, Hidden: []int{3}, Reach: 12},
			Net: &recipe.LayerNet{Kind: recipe.PeriodicNet, Columns: []int{0}, Periods: []float64{20}, Mixed: true, Nets: []recipe.LayerNet{{Kind: recipe.PlainNet, Hidden: []int{4}, Activation: "tanh"}}}},
		{Kind: recipe.StaticLayer, Map: &recipe.LayerMap{Kind: recipe.UnconstrainedMap, Signal: 2, Hidden: []int{3}, Nodes: 20, Rule: "gauss-legendre", ELU: true, Shared: true}},
		{Kind: recipe.StaticLayer, Map: &recipe.LayerMap{Kind: recipe.BernsteinMap, Degree: 6, Bound: 4, Free: true, Margin: 1e-6}},
		{Kind: recipe.StaticLayer, Map: &recipe.LayerMap{Kind: recipe.SumOfSquaresMap, Terms: 2, Degree: 2, Bound: 8, Reach: 12, MinSlope: 0.01, NoShift: true}},
		{Kind: recipe.StaticLayer, Map: &recipe.LayerMap{Kind: recipe.MixtureMap, Terms: 2, Law: "normal", Weights: true, Scale: &recipe.LayerScale{Kind: recipe.ExpScale}, Spread: 0.4}},
		{Kind: recipe.StaticLayer, Map: &recipe.LayerMap{Kind: recipe.PolynomialSplineMap, Degree: 3, Bins: 3, Low: -3, High: 3}},
		{Kind: recipe.StaticLayer, Map: &recipe.LayerMap{Kind: recipe.MixedMap, Groups: []recipe.LayerGroup{
			{Map: recipe.LayerMap{Kind: "power", OnBase: true}, Columns: []int{1}}, {Map: recipe.LayerMap{Kind: "sinh-arcsinh"}, Columns: []int{0, 2}}}}},
	}}
}

// withoutCondition is a flow of the kinds that a condition would change, on a base of every kind of part.
func withoutCondition() recipe.Layers {
	return recipe.Layers{Dim: 3, Base: recipe.ProductBase, Parts: []recipe.LayerBase{{Kind: recipe.StandardBase}, {Kind: recipe.DiagonalBase}, {Kind: recipe.StandardBase}},
		Layers: []recipe.Layer{
			{Kind: recipe.PlanarLayer, Slope: 0.2, Scale: &recipe.LayerScale{Kind: recipe.LogSoftplusScale}},
			{Kind: recipe.RadialLayer, Radius: &recipe.LayerScale{Kind: recipe.MagnitudeScale}, Strength: &recipe.LayerScale{Kind: recipe.SoftplusScale}},
			{Kind: recipe.SylvesterLayer, Basis: "orthonormal", Rank: 2},
			{Kind: recipe.SylvesterLayer, Reflections: 2, Inverted: true},
		}}
}

// angles is a flow on circles and in a box.
func angles() recipe.Layers {
	circular := recipe.LayerMap{Kind: recipe.CircularMap, Bins: 3, Offset: 1, Fixed: true, UnitSeam: true}
	turn := recipe.LayerMap{Kind: recipe.TurnMap, By: 1}
	return recipe.Layers{Dim: 2, Base: recipe.ProductBase, Parts: []recipe.LayerBase{{Kind: recipe.CircleBase}, {Kind: recipe.UniformBase, Low: -2, High: 1}},
		Layers: []recipe.Layer{
			{Kind: recipe.StaticLayer, Columns: []int{0}, Map: &circular},
			{Kind: recipe.StaticLayer, Columns: []int{1}, Map: &recipe.LayerMap{Kind: recipe.SplineMap, Bins: 3, Low: -2, High: 1, Boxed: true, SharedEnds: true}},
			{Kind: recipe.StaticLayer, Columns: []int{0}, Map: &turn},
		}}
}

// Every kind is built with its fields: the flow goes there and back, and is that of the base asked for. The pieces are checked by
// themselves in flowtest.
func TestLayersAreFlows(t *testing.T) {
	const rows = 4
	flows := []recipe.Layers{withoutCondition(), angles()}
	for _, base := range []string{"", recipe.StandardBase, recipe.DiagonalBase, recipe.MixtureBase} {
		c := everyKind()
		c.Base = base
		flows = append(flows, c)
	}
	for _, c := range flows {
		base := c.Base
		f, err := recipe.FromLayers(c)
		if err != nil {
			t.Fatal(err)
		}
		b, weights := bind(t, f, 0.2)
		in := map[string][]float64{"x": normals(rows, c.Dim), "c": normals(rows, 2)}
		if c.Dim == 2 { // the box
			for i := range in["x"] {
				in["x"][i] = math.Tanh(in["x"][i])
			}
		}
		out := run(t, weights, rows, in, func(g *graph.Builder, out func(string, graph.Value)) {
			x, cond := g.Input("x", c.Dim), graph.Value{}
			if c.Context > 0 {
				cond = g.Input("c", c.Context)
			}
			u, there := b.Transform.Inverse(g, x, cond)
			y, back := b.Transform.Forward(g, u, cond)
			out("u", u)
			out("y", y)
			out("log det", graph.Add(there, back))
			out("log prob", b.LogProb(g, x, cond))
		})
		for i, x := range in["x"] {
			if y := out["y"][i]; !(math.Abs(x-y) < 1e-8) || x == out["u"][i] {
				t.Errorf("%q: %g goes to %g and comes back as %g", base, x, out["u"][i], y)
			}
		}
		for i, l := range out["log det"] {
			if p := out["log prob"][i]; !(math.Abs(l) < 1e-8) || p-p != 0 {
				t.Errorf("%q: the log-determinants differ by %g, the log-density is %g", base, l, p)
			}
		}
	}
}

// What a model file stores gives the same flow.
func TestLayersSurviveJSON(t *testing.T) {
	for _, c := range []recipe.Layers{everyKind(), withoutCondition(), angles()} {
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var back recipe.Layers
		if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(c, back) {
			t.Errorf("%s gives %+v (%v)", text, back, err)
		}
	}
}

// The estimate is never far below the number of weights, whatever is large.
func TestLayersWeights(t *testing.T) {
	for name, change := range map[string]func(c *recipe.Layers){
		"as they are":           func(*recipe.Layers) {},
		"a context":             func(c *recipe.Layers) { c.Context = 3000 },
		"units":                 func(c *recipe.Layers) { c.Layers[1].Net.Hidden[0], c.Layers[1].Net.Degrees = 700, nil },
		"blocks":                func(c *recipe.Layers) { c.Layers[4].Net.Blocks = 60 },
		"bins":                  func(c *recipe.Layers) { c.Layers[4].Map.Bins = 900 },
		"layers":                func(c *recipe.Layers) { c.Layers[6].Net.Nets[1].Hidden = []int{300, 300, 300} },
		"components":            func(c *recipe.Layers) { c.Base, c.Components = recipe.MixtureBase, 5000 },
		"reflections":           func(c *recipe.Layers) { c.Layers[16].Reflections = 40_000 },
		"a network of a column": func(c *recipe.Layers) { c.Layers[18].Map.Hidden = []int{200, 300} },
		"a signal":              func(c *recipe.Layers) { c.Layers[18].Map.Signal = 900 },
		"squares":               func(c *recipe.Layers) { c.Layers[21].Map.Terms, c.Layers[21].Map.Degree = 900, 12 },
		"terms":                 func(c *recipe.Layers) { c.Layers[22].Map.Terms = 9000 },
		"columns of planar maps": func(c *recipe.Layers) {
			*c = withoutCondition()
			c.Dim, c.Base, c.Parts = 300, "", nil
			c.Layers[3].Reflections = 9
		},
	} {
		c := everyKind()
		change(&c)
		f, err := recipe.FromLayers(c)
		if err != nil {
			t.Fatal(name, err)
		}
		b, err := f.Bind()
		if err != nil {
			t.Fatal(name, err)
		}
		n := 0
		for _, s := range b.Specs {
			n += s.Shape.Size()
		}
		if w := c.Weights(); w < 0.9*float64(n) || w > 10*float64(n)+20000 {
			t.Errorf("%s: the estimate is %g, there are %d", name, w, n)
		}
	}
}

func TestBadLayers(t *testing.T) {
	layer := func(i int, change func(l *recipe.Layer)) func(c *recipe.Layers) {
		return func(c *recipe.Layers) { change(&c.Layers[i]) }
	}
	for name, bad := range map[string]struct {
		change func(c *recipe.Layers)
		want   string
	}{
		"no columns":              {func(c *recipe.Layers) { c.Dim = 0 }, "dim"},
		"columns":                 {func(c *recipe.Layers) { c.Dim = 4 }, "transform 1"},
		"base":                    {func(c *recipe.Layers) { c.Base = "box" }, `base: "box"`},
		"components":              {func(c *recipe.Layers) { c.Components = 2 }, "components"},
		"context":                 {func(c *recipe.Layers) { c.Context = -1 }, "context"},
		"kind":                    {layer(3, func(l *recipe.Layer) { l.Kind = "shear" }), `layer 3: bad configuration: kind: "shear"`},
		"another kind's field":    {layer(3, func(l *recipe.Layer) { l.Columns = []int{0} }), "layer 3: bad configuration: a layer of the kind \"permutation\" has a field"},
		"an order":                {layer(3, func(l *recipe.Layer) { l.Order = []int{0, 0, 1} }), "order"},
		"columns twice":           {layer(4, func(l *recipe.Layer) { l.Columns = []int{0, 0} }), "columns"},
		"a column too far":        {layer(4, func(l *recipe.Layer) { l.Columns = []int{3} }), "columns"},
		"no map":                  {layer(4, func(l *recipe.Layer) { l.Map = nil }), "map: it is missing"},
		"no net":                  {layer(4, func(l *recipe.Layer) { l.Net = nil }), "net: it is missing"},
		"no masked net":           {layer(1, func(l *recipe.Layer) { l.Net = nil }), "net: it is missing"},
		"a map":                   {layer(4, func(l *recipe.Layer) { l.Map.Kind = "cubic" }), `map: the kind "cubic"`},
		"a field of a map":        {layer(1, func(l *recipe.Layer) { l.Map.Bins = 3 }), "map: one of the kind \"affine\" has a field"},
		"a scale in a spline":     {layer(4, func(l *recipe.Layer) { l.Map.Scale = &recipe.LayerScale{Kind: "exp"} }), "map: one of the kind \"spline\""},
		"a form":                  {layer(1, func(l *recipe.Layer) { l.Map.Form = "both" }), `form: "both"`},
		"a scale":                 {layer(1, func(l *recipe.Layer) { l.Map.Scale.Kind = "square" }), `scale: the kind "square"`},
		"a field of a scale":      {layer(1, func(l *recipe.Layer) { l.Map.Scale.Slope = 1 }), "scale: one of the kind \"softplus\""},
		"a scale out of bounds":   {layer(1, func(l *recipe.Layer) { l.Map.Scale.Floor = 2 }), "floor"},
		"a diagonal":              {layer(2, func(l *recipe.Layer) { l.Diagonal.Kind = "" }), `scale: the kind ""`},
		"a network":               {layer(4, func(l *recipe.Layer) { l.Net.Kind = "conv" }), `net: the kind "conv"`},
		"a norm":                  {layer(4, func(l *recipe.Layer) { l.Net.Norm = "spectral" }), `the norm "spectral"`},
		"a masked network":        {layer(1, func(l *recipe.Layer) { l.Net.Kind, l.Net.Blocks = "parallel", 0 }), "none of the masked ones"},
		"two widths":              {layer(4, func(l *recipe.Layer) { l.Net.Hidden = []int{3, 3} }), "one width"},
		"no blocks":               {layer(4, func(l *recipe.Layer) { l.Net.Blocks = 0 }), "one width and some blocks"},
		"blocks":                  {layer(8, func(l *recipe.Layer) { l.Net.Blocks = 1 }), "net: one of the kind \"plain\""},
		"a way of the condition":  {layer(8, func(l *recipe.Layer) { l.Net.Context = "last" }), `context "last"`},
		"a gate of plain layers":  {layer(8, func(l *recipe.Layer) { l.Net.Context = "gated" }), "residual blocks"},
		"degrees of no mask":      {layer(4, func(l *recipe.Layer) { l.Net.Degrees = [][]int{{0}} }), "masked networks"},
		"degrees":                 {layer(1, func(l *recipe.Layer) { l.Net.Degrees[0][0] = 9 }), "degree 9"},
		"no networks":             {layer(6, func(l *recipe.Layer) { l.Net.Nets = nil }), "0 networks"},
		"networks in networks":    {layer(6, func(l *recipe.Layer) { l.Net.Nets[0].Kind = "parallel" }), "inside another"},
		"units of networks":       {layer(6, func(l *recipe.Layer) { l.Net.Hidden = []int{1} }), "net: one of the kind \"parallel\""},
		"an activation of one":    {layer(6, func(l *recipe.Layer) { l.Net.Nets[1].Activation = "nope" }), `"nope"`},
		"parts":                   {func(c *recipe.Layers) { c.Parts = []recipe.LayerBase{{Kind: recipe.CircleBase}} }, "parts: 1 of the base \"diagonal\""},
		"a part":                  {func(c *recipe.Layers) { *c = angles(); c.Parts[0].Kind = "cube" }, `column 0: the kind "cube"`},
		"bounds of a part":        {func(c *recipe.Layers) { *c = angles(); c.Parts[0].High = 2 }, "column 0: one of the kind \"circle\" has no bounds"},
		"too few parts":           {func(c *recipe.Layers) { *c = angles(); c.Parts = c.Parts[1:] }, "parts: 1 of the base"},
		"an empty box":            {func(c *recipe.Layers) { *c = angles(); c.Parts[1].High = -3 }, "part 1"},
		"a planar map":            {func(c *recipe.Layers) { *c = withoutCondition(); c.Context = 1 }, `layer 0: bad configuration: a layer of the kind "planar" under a condition`},
		"a basis":                 {func(c *recipe.Layers) { *c = withoutCondition(); c.Layers[2].Basis = "random" }, `basis: "random"`},
		"a bias":                  {layer(18, func(l *recipe.Layer) { l.NoBias = true }), `layer 18: bad configuration: a layer of the kind "coupling"`},
		"a law":                   {layer(22, func(l *recipe.Layer) { l.Map.Law = "cauchy" }), `law: "cauchy"`},
		"a rule":                  {layer(19, func(l *recipe.Layer) { l.Map.Rule = "simpson" }), `rule: "simpson"`},
		"maps in maps":            {layer(24, func(l *recipe.Layer) { l.Map.Groups[0].Map.Kind = recipe.MixedMap }), "a mixed map inside another"},
		"a field of a group":      {layer(24, func(l *recipe.Layer) { l.Map.Groups[0].Map.Bins = 2 }), `group 0: bad configuration: map: one of the kind "power"`},
		"groups of no mixed map":  {layer(23, func(l *recipe.Layer) { l.Map.Groups = []recipe.LayerGroup{} }), `one of the kind "polynomial-spline"`},
		"two networks of angles":  {layer(18, func(l *recipe.Layer) { l.Net.Nets = append(l.Net.Nets, l.Net.Nets[0]) }), `2 networks in one of the kind "periodic"`},
		"angles of a network":     {layer(4, func(l *recipe.Layer) { l.Net.Periods = []float64{1} }), "net: one of the kind \"residual\" has a field"},
		"an activation of layers": {layer(8, func(l *recipe.Layer) { l.Net.Activation = "nope" }), `"nope"`},
	} {
		c := everyKind()
		bad.change(&c)
		_, err := recipe.FromLayers(c)
		if !errors.Is(err, fault.ErrConfig) && !errors.Is(err, fault.ErrShape) || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, bad.want)
		}
	}
}

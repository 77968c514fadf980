package recipe_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/flowtest"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/recipe"
)

// fitting leaves out of a Config what the recipe has no use for, and refuses.
func fitting(name string, c recipe.Config) recipe.Config {
	switch name {
	case "bnaf":
		c.Activation = ""
	case "gf", "planar", "radial", "sylvester":
		c.Order = ""
	}
	return c
}

// Every recipe of the table keeps the promises of a flow: vectors, one column, two columns with the integral, each with and
// without a condition, in both number types.
func TestRecipesAreFlows(t *testing.T) {
	small := recipe.Config{Transforms: 2, Hidden: []int{8, 8}, Activation: "tanh"}
	for _, name := range recipe.Names() {
		dims := []int{1, 2, 3}
		if solved[name] { // their maps stand between two columns in the conformance table
			dims = dims[:1]
		}
		if solved[name] && testing.Short() {
			t.Logf("%s: not in short tests, its search takes long", name)
			continue
		}
		for _, dim := range dims {
			for _, context := range []int{0, 2} {
				if testing.Short() && (dim != 3 || context == 0) { // with the race detector minutes, on the same code
					continue
				}
				c := small
				c.Dim, c.Context = dim, context
				switch { // graphs that are long
				case strings.HasPrefix(name, "nsf"), name == "ncsf", name == "triangular-spline":
					c.Bins, c.Transforms, c.Hidden = 3, 1, []int{6}
				case name == "bnaf":
					c.Transforms, c.Hidden = 1, []int{6, 6}
				case solved[name]:
					c = shrunk(name, c)
				}
				t.Run(fmt.Sprintf("%s of %d columns under %d", name, dim, context), func(t *testing.T) {
					f, err := recipe.New(name, fitting(name, c))
					if err != nil {
						t.Fatal(err)
					}
					o := flowtest.Options{Engine: flowtest.Compiled[float64](), FarFromIdentity: beginsFar(name, dim, context)}
					if name == "unaf" {
						o.Slack, o.Reason = 100, "the slope is the network, whose integral has kinks: 32 nodes miss it by some 1e-5 (scalar.UnconstrainedMonotonic)"
					}
					t.Run("in float64", func(t *testing.T) { flowtest.Flow(t, f, o) })
					if dim != 2 { // once with an integral is enough
						o.Engine, o.Float32 = flowtest.Compiled[float32](), true
						if name == "planar" && dim == 1 && context > 0 {
							o.Slack, o.Reason = 10, "under the condition of one row its weight is 0.03, and second derivatives have 1/w³"
						}
						t.Run("in float32", func(t *testing.T) { flowtest.Flow(t, f, o) })
					}
				})
			}
		}
	}
}

// The zero values are good defaults: five transforms, hidden layers of 128, ReLU. Some recipes have networks under a condition only, bnaf none
// beside the maps.
func TestDefaults(t *testing.T) {
	for _, name := range recipe.Names() {
		c := recipe.Config{Dim: 3}
		switch name {
		case "bnaf":
			continue // TestBNAFDefaults
		case "gf", "planar", "radial", "sylvester", "triangular-spline":
			c.Context = 2 // they have no networks without one
		}
		f, err := recipe.New(name, c)
		if err != nil {
			t.Fatal(err)
		}
		b, err := f.Bind()
		if err != nil {
			t.Fatal(err)
		}
		nets, wide := map[string]bool{}, 0
		for _, s := range b.Specs {
			if at := strings.Index(s.Name, ".conditioner"); at > 0 {
				nets[s.Name[:at]] = true
			}
			if strings.HasSuffix(s.Name, "layers.1.weight") && s.Shape[0] == 128 && s.Shape[1] == 128 {
				wide++
			}
		}
		if len(nets) != 5 || wide != 5 {
			t.Errorf("%s: %d conditioners, %d of them with hidden layers of 128, 128; want 5", name, len(nets), wide)
		}
	}
}

// The networks of a BNAF are its maps: five, of two hidden layers with 128 units rounded up to the same number for each of the three columns.
func TestBNAFDefaults(t *testing.T) {
	f, err := recipe.BNAF(recipe.Config{Dim: 3})
	if err != nil {
		t.Fatal(err)
	}
	b, err := f.Bind()
	if err != nil {
		t.Fatal(err)
	}
	layers := map[string]int{}
	for _, s := range b.Specs {
		if strings.HasSuffix(s.Name, ".weight") {
			layers[fmt.Sprint(s.Shape)]++
		}
	}
	if want := map[string]int{"[129,3]": 5, "[129,129]": 5, "[3,129]": 5}; !reflect.DeepEqual(layers, want) {
		t.Errorf("layers %v, want %v", layers, want)
	}
}

// Random orders are a function of the seed, and make flows as good as others.
func TestRandomOrders(t *testing.T) {
	for _, name := range recipe.Names() {
		c := recipe.Config{Dim: 5, Transforms: 2, Hidden: []int{6}, Order: recipe.Random, Seed: 3}
		switch name {
		case "nsf-ar", "nsf-c", "ncsf":
			c.Bins, c.Dim = 2, 4
		case "bnaf":
			c.Dim = 3
		}
		if fitting(name, c).Order == "" {
			continue // refused: TestBadConfig
		}
		f, err := recipe.New(name, c)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := recipe.New(name, c)
		if !reflect.DeepEqual(f, again) {
			t.Errorf("%s: equal seeds give other orders", name)
		}
		c.Seed = 4
		if other, _ := recipe.New(name, c); reflect.DeepEqual(f, other) {
			t.Errorf("%s: seeds 3 and 4 give equal orders", name)
		}
		if solved[name] { // slow on the interpreter, and tested on two columns
			continue
		}
		flowtest.Flow(t, f, flowtest.Options{FarFromIdentity: beginsFar(name, c.Dim, c.Context)})
	}
}

// beginsFar is why a fresh flow of so many columns is not near its base; "" where it is.
func beginsFar(name string, dim, context int) string {
	switch {
	case name == "triangular-spline" && dim > 1:
		return "its linear maps begin at random"
	case name == "gf" && context == 0: // under a condition mixtures begin equal
		return "its mixtures begin at random"
	case name == "radial" && dim < 3: // what one radius does to a column falls with their number
		return "its maps begin at random"
	}
	return ""
}

// solved are the recipes whose Forward is solved for numerically: on the interpreter, which the suites compare with, that is slow.
var solved = map[string]bool{"bpf": true, "gf": true, "naf": true, "sospf": true, "unaf": true}

// shrunk is a configuration of such a recipe with few parameters.
func shrunk(name string, c recipe.Config) recipe.Config {
	c.Transforms, c.Hidden = 1, []int{4}
	switch name {
	case "bpf":
		c.Degree = 6
	case "sospf":
		c.Degree, c.Components = 1, 2
	case "gf", "naf":
		c.Components = 2
	case "unaf":
		c.Signal = 1
	}
	return c
}

func TestBadConfig(t *testing.T) {
	for _, c := range []struct {
		name, want string
		c          recipe.Config
	}{
		{"maf", "Dim", recipe.Config{}},
		{"maf", "Dim", recipe.Config{Dim: -1}},
		{"iaf", "Context", recipe.Config{Dim: 2, Context: -1}},
		{"nice", "Transforms", recipe.Config{Dim: 2, Transforms: -1}},
		{"realnvp", "hidden layer 1", recipe.Config{Dim: 2, Hidden: []int{4, 0}}},
		{"maf", "activation", recipe.Config{Dim: 2, Activation: "nope"}},
		{"realnvp", "Order", recipe.Config{Dim: 2, Order: "sideways"}},
		{"nope", "nope", recipe.Config{Dim: 2}},
		{"maf", "Bins", recipe.Config{Dim: 2, Bins: 8}},
		{"realnvp", "Linear", recipe.Config{Dim: 2, Linear: recipe.LU}},
		{"nsf-ar", "Linear", recipe.Config{Dim: 2, Linear: "diagonal"}},
		{"nsf-c", "bins", recipe.Config{Dim: 2, Bins: -1}},
		{"nsf-c", "do not fit", recipe.Config{Dim: 2, Bins: 1000}},
		{"nsf-c", "Bound", recipe.Config{Dim: 2, Bound: -3}},
		{"bpf", "degree", recipe.Config{Dim: 2, Degree: 4}},
		{"bpf", "Bound", recipe.Config{Dim: 2, Bound: -3}},
		{"bpf", "Bins", recipe.Config{Dim: 2, Bins: 3}},
		{"sospf", "degree -2", recipe.Config{Dim: 2, Degree: -2}},
		{"sospf", "sum of -1", recipe.Config{Dim: 2, Components: -1}},
		{"maf", "Components", recipe.Config{Dim: 2, Components: 2}},
		{"naf", "mixture of -1", recipe.Config{Dim: 2, Components: -1}},
		{"gf", "Order", recipe.Config{Dim: 2, Order: recipe.Random}},
		{"gf", "Signal", recipe.Config{Dim: 2, Signal: 3}},
		{"unaf", "signal of -1", recipe.Config{Dim: 2, Signal: -1}},
		{"unaf", "1 nodes", recipe.Config{Dim: 2, Nodes: 1}},
		{"unaf", "Components", recipe.Config{Dim: 2, Components: 1}},
		{"nsf-ar", "Degree", recipe.Config{Dim: 2, Degree: 4}},
		{"ncsf", "Bound", recipe.Config{Dim: 2, Bound: 3}},
		{"ncsf", "BinScale", recipe.Config{Dim: 2, BinScale: -1}},
		{"ncsf", "bins", recipe.Config{Dim: 2, Bins: -1}},
		{"ncsf", "Angles", recipe.Config{Dim: 2, Angles: []int{}}},
		{"ncsf", "Angles", recipe.Config{Dim: 2, Angles: []int{1, 0}}},
		{"ncsf", "Angles", recipe.Config{Dim: 2, Angles: []int{2}}},
		{"ncsf", "Bound", recipe.Config{Dim: 2, Bound: 3, Angles: []int{0, 1}}},
		{"ncsf", "Bound", recipe.Config{Dim: 2, Bound: -3, Angles: []int{0}}},
		{"nsf-c", "Angles", recipe.Config{Dim: 2, Angles: []int{0}}},
		{"maf", "Dropout", recipe.Config{Dim: 2, Dropout: 1}},
		{"maf", "Dropout", recipe.Config{Dim: 2, Dropout: -0.5}},
		{"maf", "Norm", recipe.Config{Dim: 2, Norm: "group"}},
		{"maf", "mixes units", recipe.Config{Dim: 2, Norm: nn.LayerNorm}},
		{"iaf", "Norm", recipe.Config{Dim: 2, Norm: nn.BatchNorm}},
		{"bnaf", "Dropout", recipe.Config{Dim: 2, Dropout: 0.1}},
		{"bnaf", "Norm", recipe.Config{Dim: 2, Norm: nn.BatchNorm}},
		{"gf", "without a condition", recipe.Config{Dim: 2, Dropout: 0.1}},
		{"planar", "without a condition", recipe.Config{Dim: 2, Norm: nn.LayerNorm}},
		{"maf", "ContextEmbedding", recipe.Config{Dim: 2, ContextEmbedding: []int{4}}},
		{"maf", "0 units", recipe.Config{Dim: 2, Context: 1, ContextEmbedding: []int{4, 0}}},
		{"maf", "ContextAngles", recipe.Config{Dim: 2, ContextAngles: []int{0}}},
		{"nsf-c", "ascending", recipe.Config{Dim: 2, Context: 3, ContextAngles: []int{1, 0}}},
		{"iaf", "ascending", recipe.Config{Dim: 2, Context: 2, ContextAngles: []int{0, 2}}},
		{"glow", "ContextAngles", recipe.Config{Image: []int{1, 4, 4}, Levels: 1, Context: 2, ContextAngles: []int{0}}},
		{"ncsf", "Linear", recipe.Config{Dim: 2, Linear: recipe.LU}},
		{"maf", "Blocks", recipe.Config{Dim: 2, Blocks: -1}},
		{"planar", "Order", recipe.Config{Dim: 2, Order: recipe.Random}},
		{"radial", "Order", recipe.Config{Dim: 2, Order: recipe.Alternate}},
		{"sylvester", "Order", recipe.Config{Dim: 2, Order: recipe.Random}},
		{"planar", "Bins", recipe.Config{Dim: 2, Bins: 4}},
		{"sylvester", "hidden layer 0", recipe.Config{Dim: 2, Context: 1, Hidden: []int{-4}}},
		{"bnaf", "Activation", recipe.Config{Dim: 2, Activation: "tanh"}},
		{"bnaf", "Blocks", recipe.Config{Dim: 2, Blocks: 1}},
		{"bnaf", "one size", recipe.Config{Dim: 2, Hidden: []int{4, 6}}},
		{"bnaf", "hidden layer", recipe.Config{Dim: 2, Hidden: []int{}}},
		{"bnaf", "0 units", recipe.Config{Dim: 2, Hidden: []int{0}}},
		{"triangular-spline", "Bound", recipe.Config{Dim: 2, Bound: 3}},
		{"triangular-spline", "Linear", recipe.Config{Dim: 2, Linear: recipe.LU}},
		{"triangular-spline", "bins", recipe.Config{Dim: 2, Bins: -1}},
		{"nsf-ar", "one width", recipe.Config{Dim: 2, Blocks: 2, Hidden: []int{8, 8}}},
	} {
		_, err := recipe.New(c.name, c.c)
		if !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %+v: error %v, want one that names %q", c.name, c.c, err, c.want)
		}
	}
}

// A model file stores the Config: it comes back the same from JSON, the difference between no hidden layers and the default included.
func TestConfigSurvivesJSON(t *testing.T) {
	for _, c := range []recipe.Config{
		{Dim: 3},
		{Dim: 3, Hidden: []int{}},
		{Dim: 3, Blocks: 2, Bins: 10, Bound: 3, Linear: recipe.Permutation},
		{Dim: 3, Degree: 9, Components: 4, Signal: 5, Nodes: 20},
		{Dim: 3, Angles: []int{0, 2}},
		{Dim: 3, Context: 1, Dropout: 0.25, Norm: nn.BatchNorm, ContextEmbedding: []int{4, 3}},
		{Dim: 3, Context: 3, ContextAngles: []int{0, 2}},
		{Dim: 3, Context: 2, Transforms: 7, Hidden: []int{4, 5}, Activation: "tanh", Order: recipe.Random, Seed: 1<<63 + 1},
	} {
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var back recipe.Config
		if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(c, back) {
			t.Errorf("%s gives %+v (%v), want %+v", text, back, err, c)
		}
	}
}

// ScaleBound bounds the factors of affine maps, and only where there are such.
func TestScaleBound(t *testing.T) {
	for _, name := range []string{"maf", "iaf", "realnvp"} {
		f, err := recipe.New(name, recipe.Config{Dim: 2, Transforms: 2, ScaleBound: 3})
		if err != nil {
			t.Fatal(err)
		}
		if text := fmt.Sprintf("%+v", f.Transform); strings.Count(text, "Scale:{Bound:3}") != 2 {
			t.Errorf("%s: want the bound twice in %s", name, text)
		}
		for _, bound := range []float64{-1, 60, math.NaN(), math.Inf(1)} {
			if _, err := recipe.New(name, recipe.Config{Dim: 2, ScaleBound: bound}); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), "ScaleBound") {
				t.Errorf("%s with %g: %v", name, bound, err)
			}
		}
	}
	if _, err := recipe.New("nice", recipe.Config{Dim: 2, ScaleBound: 3}); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), "ScaleBound") {
		t.Errorf("nice: %v", err)
	}
}

// Factor and Start say where affine maps begin: from far off the last layers' first numbers are a hundred times as large, and the softplus is 1 where they are 0.
func TestFactorAndStart(t *testing.T) {
	for _, name := range []string{"maf", "iaf", "realnvp"} {
		largest := map[string]float64{}
		for _, start := range []string{"", recipe.FarFromIdentity} {
			f, err := recipe.New(name, recipe.Config{Dim: 2, Transforms: 1, Hidden: []int{5}, Factor: recipe.SoftplusFactor, Start: start})
			if err != nil {
				t.Fatal(err)
			}
			if text := fmt.Sprintf("%+v", f.Transform); !strings.Contains(text, "Scale:{Floor:0.01 Shift:0.5") {
				t.Errorf("%s: no softplus in %s", name, text)
			}
			bound, err := f.Bind()
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range bound.Specs {
				if strings.HasSuffix(s.Name, "conditioner.layers.1.weight") {
					for _, v := range param.New(bound.Specs, 1).Data(s.Name) {
						largest[start] = max(largest[start], math.Abs(v))
					}
				}
			}
		}
		if ratio := largest[recipe.FarFromIdentity] / largest[""]; ratio < 99.9 { // where a mask hides all, more
			t.Errorf("%s: from far off last layers begin with %g times the numbers", name, ratio)
		}
		for _, c := range []recipe.Config{{Factor: "tanh"}, {Factor: recipe.SoftplusFactor, ScaleBound: 60}, {Start: "here"}} {
			c.Dim = 2
			if _, err := recipe.New(name, c); !errors.Is(err, fault.ErrConfig) {
				t.Errorf("%s with %+v: %v", name, c, err)
			}
		}
	}
	for name, c := range map[string]recipe.Config{"nice": {Factor: recipe.SoftplusFactor}, "bnaf": {Start: recipe.FarFromIdentity}, "gf": {Start: recipe.FarFromIdentity}, "glow": {Start: recipe.NearIdentity, Image: []int{1, 4, 4}, Levels: 1}} {
		if c.Dim = 2; c.Image != nil {
			c.Dim = 16
		}
		if _, err := recipe.New(name, c); !errors.Is(err, fault.ErrConfig) || !(strings.Contains(err.Error(), "Factor") || strings.Contains(err.Error(), "Start")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Affine chooses the form of affine maps, and only where there are such.
func TestAffineForms(t *testing.T) {
	for name, usual := range map[string]string{"maf": "Form:0", "iaf": "Form:0", "realnvp": "Form:1"} {
		for form, want := range map[string]string{"": usual, "base": "Form:0", "data": "Form:1", "center": "Form:2"} {
			f, err := recipe.New(name, recipe.Config{Dim: 2, Transforms: 2, Affine: form})
			if err != nil {
				t.Fatal(err)
			}
			if text := fmt.Sprintf("%+v", f.Transform); strings.Count(text, want) != 2 {
				t.Errorf("%s with %q: want %s twice in %s", name, form, want, text)
			}
		}
	}
	for name, form := range map[string]string{"maf": "left", "nice": "data", "nsf-ar": "base"} {
		if _, err := recipe.New(name, recipe.Config{Dim: 2, Affine: form}); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), "Affine") {
			t.Errorf("%s with %q: %v", name, form, err)
		}
	}
}

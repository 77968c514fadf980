package bijection

import (
	"errors"
	"testing"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/scalar"
)

// What a map cannot work on is an error of the right kind, at any depth of composition.
func TestBadMaps(t *testing.T) {
	bad := Permute{Order: []int{0, 0, 1}}
	for _, c := range []struct {
		name string
		m    Bijection
		base graph.Shape
		want error
	}{
		{"repeated position", bad, graph.Shape{3}, fault.ErrConfig},
		{"position out of range", Permute{Order: []int{0, 3, 1}}, graph.Shape{3}, fault.ErrConfig},
		{"order of other columns", Permute{Order: []int{1, 0}}, graph.Shape{3}, fault.ErrShape},
		{"image", Permute{}, graph.Shape{3, 4, 4}, fault.ErrShape},
		{"no columns", Permute{}, graph.Shape{0}, fault.ErrShape},
		{"nothing to invert", Invert{}, graph.Shape{3}, fault.ErrConfig},
		{"bad map inverted", Invert{Bijection: bad}, graph.Shape{3}, fault.ErrConfig},
		{"a gap in a chain", Chain{Transforms: []Bijection{Permute{}, nil}}, graph.Shape{3}, fault.ErrConfig},
		{"bad map in a chain", Chain{Transforms: []Bijection{Permute{}, bad}}, graph.Shape{3}, fault.ErrConfig},
		{"coupling of an image", Coupling{}, graph.Shape{3, 4, 4}, fault.ErrShape},
		{"mask of other columns", Coupling{Mask: []bool{true, false}}, graph.Shape{3}, fault.ErrShape},
		{"nothing to map", Coupling{Mask: []bool{true, true}}, graph.Shape{2}, fault.ErrConfig},
		{"bad network", Coupling{Net: nn.MLP{Activation: "nope"}}, graph.Shape{2}, fault.ErrConfig},
		{"bad scalar map", Coupling{Map: scalar.Affine{Form: 9}}, graph.Shape{2}, fault.ErrConfig},
		{"autoregressive image", Autoregressive{}, graph.Shape{3, 4, 4}, fault.ErrShape},
		{"bad order", Autoregressive{Order: []int{1, 2}}, graph.Shape{2}, fault.ErrConfig},
		{"bad masked network", Autoregressive{Net: nn.MADE{Hidden: []int{0}}}, graph.Shape{2}, fault.ErrConfig},
		{"bad static map", Static{Map: scalar.Affine{Form: 9}}, graph.Shape{2}, fault.ErrConfig},
	} {
		if _, err := c.m.Bind(param.NewRegistry().Scope(), c.base, nil); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// An IAF keeps the names of the MAF's parameters; a chain numbers them; the glue says what they are for.
func TestNamesOfParameters(t *testing.T) {
	r := param.NewRegistry()
	m := Chain{Transforms: []Bijection{
		Invert{Bijection: Autoregressive{Net: nn.MADE{Hidden: []int{}}}},
		Coupling{Net: nn.MLP{Hidden: []int{}}},
		Static{},
	}}
	if _, err := m.Bind(r.Scope(), graph.Shape{2}, nil); err != nil {
		t.Fatal(err)
	}
	specs, err := r.Specs()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"transforms.0.conditioner.layers.0.weight", "transforms.0.conditioner.layers.0.bias",
		"transforms.1.conditioner.layers.0.weight", "transforms.1.conditioner.layers.0.bias",
		"transforms.2.theta",
	}
	if len(specs) != len(want) {
		t.Fatalf("%d parameters, want %d", len(specs), len(want))
	}
	for i, name := range want {
		if specs[i].Name != name {
			t.Errorf("parameter %d is called %s, want %s", i, specs[i].Name, name)
		}
	}
}

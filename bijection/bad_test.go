package bijection

import (
	"errors"
	"math"
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
		{"nothing embedded", Embed{Net: nn.Embedding{Layers: []int{2}}}, graph.Shape{3}, fault.ErrConfig},
		{"no condition to embed", Embed{Net: nn.Embedding{Layers: []int{2}}, Transform: Permute{}}, graph.Shape{3}, fault.ErrConfig},
		{"coupling of an image", Coupling{}, graph.Shape{3, 4, 4}, fault.ErrShape},
		{"mask of other columns", Coupling{Mask: []bool{true, false}}, graph.Shape{3}, fault.ErrShape},
		{"nothing to map", Coupling{Mask: []bool{true, true}}, graph.Shape{2}, fault.ErrConfig},
		{"bad network", Coupling{Net: nn.MLP{Activation: "nope"}}, graph.Shape{2}, fault.ErrConfig},
		{"bad scalar map", Coupling{Map: scalar.Affine{Form: 9}}, graph.Shape{2}, fault.ErrConfig},
		{"autoregressive image", Autoregressive{}, graph.Shape{3, 4, 4}, fault.ErrShape},
		{"bad order", Autoregressive{Order: []int{1, 2}}, graph.Shape{2}, fault.ErrConfig},
		{"bad masked network", Autoregressive{Net: nn.MADE{Hidden: []int{0}}}, graph.Shape{2}, fault.ErrConfig},
		{"bad static map", Static{Map: scalar.Affine{Form: 9}}, graph.Shape{2}, fault.ErrConfig},
		{"parts of an image", Parts{{3, nil}}, graph.Shape{3, 4, 4}, fault.ErrShape},
		{"parts of fewer columns", Parts{{1, nil}, {1, Ordered{}}}, graph.Shape{3}, fault.ErrShape},
		{"a part of no columns", Parts{{0, nil}, {3, nil}}, graph.Shape{3}, fault.ErrConfig},
		{"a bad part", Parts{{3, bad}}, graph.Shape{3}, fault.ErrConfig},
		{"ordered image", Ordered{}, graph.Shape{3, 4, 4}, fault.ErrShape},
		{"image of probabilities", Simplex{}, graph.Shape{3, 4, 4}, fault.ErrShape},
		{"a given mean of other columns", GivenAffine{Mean: []float64{1}}, graph.Shape{2}, fault.ErrShape},
		{"a given factor that is not finite", GivenAffine{Mean: []float64{1, 2}, Factor: []float64{1, 0, math.NaN(), 1}}, graph.Shape{2}, fault.ErrConfig},
		{"a given factor of both triangles", GivenAffine{Mean: []float64{1, 2}, Factor: []float64{1, 3, 0, 1}}, graph.Shape{2}, fault.ErrConfig},
		{"a given factor without volume", GivenAffine{Mean: []float64{1, 2}, Factor: []float64{1, 0, 3, 0}}, graph.Shape{2}, fault.ErrConfig},
		{"triangular image", Triangular{}, graph.Shape{3, 4, 4}, fault.ErrShape},
		{"a triangular diagonal out of its domain", Triangular{Diagonal: scalar.Softplus{Floor: -1}}, graph.Shape{3}, fault.ErrConfig},
		{"reflections of an image", Householder{}, graph.Shape{3, 4, 4}, fault.ErrShape},
		{"fewer than no reflections", Householder{Reflections: -1}, graph.Shape{3}, fault.ErrConfig},
		{"QR of an image", QRLinear{}, graph.Shape{3, 4, 4}, fault.ErrShape},
		{"QR of fewer than no reflections", QRLinear{Reflections: -2}, graph.Shape{3}, fault.ErrConfig},
		{"a QR diagonal out of its domain", QRLinear{Diagonal: scalar.BoundedExp{Bound: -1}}, graph.Shape{3}, fault.ErrConfig},
		{"SVD of an image", SVDLinear{}, graph.Shape{3, 4, 4}, fault.ErrShape},
		{"SVD of fewer than no reflections", SVDLinear{Reflections: -2}, graph.Shape{3}, fault.ErrConfig},
		{"singular values out of their domain", SVDLinear{Diagonal: scalar.BoundedExp{Bound: -1}}, graph.Shape{3}, fault.ErrConfig},
		{"rotated image", Rotation{}, graph.Shape{3, 4, 4}, fault.ErrShape},
		{"1×1 convolution of a vector", Conv1x1{}, graph.Shape{3}, fault.ErrShape},
		{"1×1 convolution without pixels", Conv1x1{}, graph.Shape{3, 0, 4}, fault.ErrShape},
		{"1×1 convolution by a coupling", Conv1x1{Map: Coupling{}}, graph.Shape{3, 4, 4}, fault.ErrConfig},
		{"1×1 convolution by a bad map", Conv1x1{Map: QRLinear{Reflections: -2}}, graph.Shape{3, 4, 4}, fault.ErrConfig},
		{"planar map of an image", Planar{}, graph.Shape{3, 4, 4}, fault.ErrShape},
		{"planar map of negative slope", Planar{Slope: -0.1}, graph.Shape{3}, fault.ErrConfig},
		{"planar map of slope NaN", Planar{Slope: math.NaN()}, graph.Shape{3}, fault.ErrConfig},
		{"planar map that is steeper below 0", Planar{Slope: 2}, graph.Shape{3}, fault.ErrConfig},
		{"planar scale out of its domain", Planar{Scale: scalar.Softplus{Floor: 2}}, graph.Shape{3}, fault.ErrConfig},
		{"radial map of an image", Radial{}, graph.Shape{3, 4, 4}, fault.ErrShape},
		{"radius out of its domain", Radial{Radius: scalar.Softplus{Floor: 2}}, graph.Shape{3}, fault.ErrConfig},
		{"strength out of its domain", Radial{Strength: scalar.Softplus{Floor: 2}}, graph.Shape{3}, fault.ErrConfig},
		{"Sylvester map of an image", Sylvester{}, graph.Shape{3, 4, 4}, fault.ErrShape},
		{"Sylvester map of no basis", Sylvester{Basis: 9}, graph.Shape{3}, fault.ErrConfig},
		{"Sylvester map of too many directions", Sylvester{Basis: Orthonormal, Rank: 4}, graph.Shape{3}, fault.ErrConfig},
		{"rank of a basis of all directions", Sylvester{Rank: 2}, graph.Shape{3}, fault.ErrConfig},
		{"reflections of a basis without", Sylvester{Basis: Identity, Reflections: 2}, graph.Shape{3}, fault.ErrConfig},
		{"Sylvester map of fewer than no reflections", Sylvester{Reflections: -1}, graph.Shape{3}, fault.ErrConfig},
		{"a radial map that begins with no number", Radial{Start: math.NaN()}, graph.Shape{3}, fault.ErrConfig},
		{"a radial map that begins above 0", Radial{Start: -1}, graph.Shape{3}, fault.ErrConfig},
		{"parameters that begin with a negative deviation", Static{Start: -1}, graph.Shape{3}, fault.ErrConfig},
		{"a triangular map whose rows begin nowhere", Triangular{Normalized: true, Factor: math.NaN()}, graph.Shape{3}, fault.ErrConfig},
		{"a length of rows that have none", Triangular{Factor: 1}, graph.Shape{3}, fault.ErrConfig},
		{"a triangular map that begins with no number", Triangular{Start: math.NaN()}, graph.Shape{3}, fault.ErrConfig},
		{"block autoregressive image", BlockAutoregressive{}, graph.Shape{3, 4, 4}, fault.ErrShape},
		{"blocks of fewer than no units", BlockAutoregressive{Width: -1}, graph.Shape{3}, fault.ErrConfig},
		{"fewer than no layers of blocks", BlockAutoregressive{Depth: -1}, graph.Shape{3}, fault.ErrConfig},
		{"blocks with a falling activation", BlockAutoregressive{Slope: -0.01}, graph.Shape{3}, fault.ErrConfig},
		{"blocks with a steep activation", BlockAutoregressive{Slope: 3}, graph.Shape{3}, fault.ErrConfig},
		{"a scale of blocks out of its domain", BlockAutoregressive{Scale: scalar.Softplus{Floor: 2}}, graph.Shape{3}, fault.ErrConfig},
		{"an order beside an adjacency", Autoregressive{Order: []int{0, 1}, Adjacency: noEdges(2)}, graph.Shape{2}, fault.ErrConfig},
		{"adjacency of other columns", Autoregressive{Adjacency: noEdges(2)}, graph.Shape{3}, fault.ErrShape},
		{"ragged adjacency", Autoregressive{Adjacency: [][]bool{{false, false}, {true}}}, graph.Shape{2}, fault.ErrShape},
		{"cycle", Autoregressive{Adjacency: [][]bool{{false, false, true}, {true, false, false}, {false, true, false}}}, graph.Shape{3}, fault.ErrConfig},
		{"adjacency for a network of orders", Autoregressive{Adjacency: noEdges(2), Net: nn.MADE{}}, graph.Shape{2}, fault.ErrConfig},
	} {
		if _, err := c.m.Bind(param.NewRegistry().Scope(), c.base, nil); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// Under a condition a map of whole vectors needs a network that can be.
func TestBadNetworksOfConditionalMaps(t *testing.T) {
	bad := nn.MLP{Hidden: []int{-1}}
	for _, m := range []Bijection{Planar{Net: bad}, Radial{Net: bad}, Sylvester{Net: bad}} {
		if _, err := m.Bind(param.NewRegistry().Scope(), graph.Shape{3}, graph.Shape{2}); !errors.Is(err, fault.ErrConfig) {
			t.Errorf("%T: %v", m, err)
		}
	}
}

// noEdges is the adjacency of columns that do not depend on each other.
func noEdges(d int) [][]bool {
	rows := make([][]bool, d)
	for i := range rows {
		rows[i] = make([]bool, d)
	}
	return rows
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

package nn

import (
	"errors"
	"testing"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Bad fields and sizes are errors that say which.
func TestBadNetworks(t *testing.T) {
	wide := [][][]bool{{{true, false}, {true, true}}}
	for _, c := range []struct {
		name string
		m    Conditioner
		in   int
		cond graph.Shape
		out  int
		want error
	}{
		{"no units", MLP{Hidden: []int{3, 0}}, 2, nil, 2, fault.ErrConfig},
		{"activation", MLP{Activation: "nope"}, 2, nil, 2, fault.ErrConfig},
		{"context mode", MLP{Context: Activated + 1}, 2, nil, 2, fault.ErrConfig},
		{"image condition", MLP{}, 2, graph.Shape{3, 4, 4}, 2, fault.ErrShape},
		{"negative input", MLP{}, -1, nil, 2, fault.ErrShape},
		{"no output", MLP{}, 2, nil, 0, fault.ErrShape},
		{"an angle too many", Periodic{Columns: []int{0, 2}}, 2, nil, 2, fault.ErrConfig},
		{"angles that do not ascend", Periodic{Columns: []int{1, 0}}, 2, nil, 2, fault.ErrConfig},
		{"periods of other angles", Periodic{Periods: []float64{1}}, 2, nil, 2, fault.ErrConfig},
		{"no period", Periodic{Periods: []float64{1, 0}}, 2, nil, 2, fault.ErrConfig},
		{"a bad network of angles", Periodic{Net: MLP{Hidden: []int{0}}}, 2, nil, 2, fault.ErrConfig},
		{"no masks", Sparse{}, 2, nil, 2, fault.ErrConfig},
		{"masks for other inputs", Sparse{Masks: wide}, 3, nil, 2, fault.ErrConfig},
		{"masks for other outputs", Sparse{Masks: wide}, 2, nil, 3, fault.ErrConfig},
		{"no networks side by side", Parallel{}, 2, nil, 2, fault.ErrConfig},
		{"a missing network", Parallel{Nets: []Conditioner{nil}}, 2, nil, 2, fault.ErrConfig},
		{"outputs that networks cannot share", Parallel{Nets: []Conditioner{MLP{}, MLP{}}}, 2, nil, 3, fault.ErrConfig},
		{"a bad network of several", Parallel{Nets: []Conditioner{MLP{}, MLP{Hidden: []int{0}}}}, 2, nil, 2, fault.ErrConfig},
		{"an empty mask", Sparse{Masks: [][][]bool{{}, {{}}}}, 2, nil, 1, fault.ErrConfig},
	} {
		if _, err := c.m.Bind(param.NewRegistry().Scope(), c.in, c.cond, c.out); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	for _, c := range []struct {
		name string
		m    Masked
		outs int
		want error
	}{
		{"no units", MADE{Hidden: []int{-1}}, 2, fault.ErrConfig},
		{"no outputs", MADE{}, 0, fault.ErrConfig},
		{"degrees of another depth", MADE{Hidden: []int{2, 2}, Degrees: [][]int{{1, 1}}}, 2, fault.ErrConfig},
		{"degrees of another width", MADE{Hidden: []int{2}, Degrees: [][]int{{1}}}, 2, fault.ErrConfig},
		{"degree too large", MADE{Hidden: []int{1}, Degrees: [][]int{{4}}}, 2, fault.ErrConfig},
		{"negative degree", ResidualMADE{Hidden: 1, Degrees: []int{-1}}, 2, fault.ErrConfig},
		{"negative units", ResidualMADE{Hidden: -1}, 2, fault.ErrConfig},
		{"negative blocks", ResidualMADE{Blocks: -1}, 2, fault.ErrConfig},
		{"activation", ResidualMADE{Activation: "nope"}, 2, fault.ErrConfig},
	} {
		if _, err := c.m.BindMasked(param.NewRegistry().Scope(), []int{0, 1, 2}, nil, c.outs); !errors.Is(err, c.want) && !errors.Is(err, fault.ErrShape) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestBadImageNetworks(t *testing.T) {
	image := graph.Shape{2, 3, 3}
	for _, c := range []struct {
		name string
		m    ImageConditioner
		in   graph.Shape
		cond graph.Shape
		out  int
		want error
	}{
		{"no image", ConvNet{}, graph.Shape{18}, nil, 2, fault.ErrShape},
		{"an empty image", ResidualConv{}, graph.Shape{2, 0, 3}, nil, 2, fault.ErrShape},
		{"another image as condition", Convolution{}, image, graph.Shape{2, 3, 4}, 2, fault.ErrShape},
		{"an empty image as condition", ConvNet{}, image, graph.Shape{0, 3, 3}, 2, fault.ErrShape},
		{"a matrix as condition", ResidualConv{}, image, graph.Shape{3, 3}, 2, fault.ErrShape},
		{"no channels out", Convolution{}, image, nil, 0, fault.ErrConfig},
		{"an even window", Convolution{Window: 2}, image, nil, 2, fault.ErrConfig},
		{"a negative window", ResidualConv{Window: -1}, image, nil, 2, fault.ErrConfig},
		{"negative channels", ConvNet{Hidden: -1}, image, nil, 2, fault.ErrConfig},
		{"negative channels of a residual network", ResidualConv{Hidden: -1}, image, nil, 2, fault.ErrConfig},
		{"negative blocks", ResidualConv{Blocks: -1}, image, nil, 2, fault.ErrConfig},
		{"activation", ResidualConv{Activation: "nope"}, image, nil, 2, fault.ErrConfig},
		{"norm of batches", ConvNet{Norm: BatchNorm}, image, nil, 2, fault.ErrConfig},
		{"norm", ResidualConv{Norm: "nope"}, image, nil, 2, fault.ErrConfig},
	} {
		if _, err := c.m.BindImage(param.NewRegistry().Scope(), c.in, c.cond, c.out); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// Hidden units are sorted by degree and every degree that matters has its share of them.
func TestDegreesAreSortedAndEven(t *testing.T) {
	for _, c := range []struct{ n, low, high int }{{128, 1, 5}, {128, 0, 5}, {7, 1, 3}, {3, 0, 9}, {4, 0, 0}} {
		count := map[int]int{}
		last := c.low
		for _, m := range spread(c.n, c.low, c.high) {
			if m < last || m > c.high {
				t.Fatalf("%+v: degree %d after %d", c, m, last)
			}
			last = m
			count[m]++
		}
		kinds := c.high - c.low + 1
		for m := c.low; m <= c.high; m++ {
			if k := count[m]; k < c.n/kinds || k > c.n/kinds+1 {
				t.Errorf("%+v: %d units of degree %d", c, k, m)
			}
		}
	}
}

// The names and shapes of weights are the file format.
func TestNamesOfWeights(t *testing.T) {
	r := param.NewRegistry()
	if _, err := (MADE{Hidden: []int{4}}).BindMasked(r.Scope().Sub("net"), []int{0, 1, 2}, graph.Shape{2}, 2); err != nil {
		t.Fatal(err)
	}
	specs, err := r.Specs()
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		name  string
		shape graph.Shape
	}{
		{"net.layers.0.weight", graph.Shape{4, 3}}, {"net.layers.0.bias", graph.Shape{4}}, {"net.layers.0.context", graph.Shape{4, 2}},
		{"net.layers.1.weight", graph.Shape{6, 4}}, {"net.layers.1.bias", graph.Shape{6}}, {"net.layers.1.context", graph.Shape{6, 2}},
	}
	if len(specs) != len(want) {
		t.Fatalf("%d parameters, want %d", len(specs), len(want))
	}
	for i, w := range want {
		if specs[i].Name != w.name || !specs[i].Shape.Equal(w.shape) {
			t.Errorf("parameter %d is %s %v, want %s %v", i, specs[i].Name, specs[i].Shape, w.name, w.shape)
		}
	}
}

package nn_test

import (
	"errors"
	"testing"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
)

func TestBadResidualNetworks(t *testing.T) {
	bind := func(m nn.Conditioner, in int, cond graph.Shape, out int) error {
		_, err := m.Bind(param.NewRegistry().Scope(), in, cond, out)
		return err
	}
	for _, c := range []struct {
		name string
		err  error
		want error
	}{
		{"negative units", bind(nn.Residual{Hidden: -1}, 2, nil, 2), fault.ErrConfig},
		{"negative blocks", bind(nn.Residual{Blocks: -1}, 2, nil, 2), fault.ErrConfig},
		{"no outputs", bind(nn.Residual{}, 2, nil, 0), fault.ErrConfig},
		{"activation", bind(nn.Residual{Activation: "nope"}, 2, nil, 2), fault.ErrConfig},
		{"condition of an image", bind(nn.Residual{}, 2, graph.Shape{2, 3}, 2), fault.ErrShape},
		{"no such context", bind(nn.Residual{Context: nn.Gated + 1}, 2, graph.Shape{2}, 2), fault.ErrConfig},
		{"a gate without blocks", bind(nn.MLP{Context: nn.Gated}, 2, graph.Shape{2}, 2), fault.ErrConfig},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, c.err, c.want)
		}
	}
}

// The parts of a residual network are named as documented: the names are the file format.
func TestResidualNames(t *testing.T) {
	r := param.NewRegistry()
	if _, err := (nn.Residual{Hidden: 4, Blocks: 1, Context: nn.Gated}).Bind(r.Scope(), 2, graph.Shape{3}, 5); err != nil {
		t.Fatal(err)
	}
	specs, err := r.Specs()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]graph.Shape{
		"layers.0.weight": {4, 2}, "layers.0.bias": {4}, "layers.0.context": {4, 3},
		"blocks.0.0.weight": {4, 4}, "blocks.0.0.bias": {4}, "blocks.0.1.weight": {4, 4}, "blocks.0.1.bias": {4},
		"blocks.0.gate.weight": {4, 3}, "blocks.0.gate.bias": {4}, "layers.1.weight": {5, 4}, "layers.1.bias": {5},
	}
	for _, s := range specs {
		if !want[s.Name].Equal(s.Shape) || want[s.Name] == nil {
			t.Errorf("parameter %s %v is not expected", s.Name, s.Shape)
		}
		delete(want, s.Name)
	}
	for name, shape := range want {
		t.Errorf("parameter %s %v is missing", name, shape)
	}
}

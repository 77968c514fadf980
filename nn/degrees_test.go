package nn

import (
	"testing"

	"diffeo/param"
)

// Networks of one model whose degrees are equal have one mask, and others have their own.
func TestNetworksShareMasks(t *testing.T) {
	r := param.NewRegistry()
	var nets []*stack
	for i, m := range []MADE{{Hidden: []int{9, 9}}, {Hidden: []int{9, 9}}, {Hidden: []int{9, 8}}} {
		order := []int{0, 1, 2}
		if i == 1 {
			order = []int{2, 1, 0}
		}
		n, err := m.BindMasked(r.Scope().At("net", i), order, nil, 2)
		if err != nil {
			t.Fatal(err)
		}
		nets = append(nets, n.(*stack))
	}
	mask := func(net, layer int) *float64 { return &nets[net].layers[layer].mask[0] }
	if mask(0, 1) != mask(1, 1) {
		t.Error("layers between hidden units have masks of their own")
	}
	if mask(0, 0) == mask(1, 0) || mask(0, 2) == mask(1, 2) {
		t.Error("another order of the columns has the same mask")
	}
	if mask(0, 0) != mask(2, 0) || mask(0, 1) == mask(2, 1) {
		t.Error("masks do not follow the degrees")
	}
}

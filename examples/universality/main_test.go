package main

import "testing"

// With more bins the map comes closer to the one of conditional distribution functions, and it is triangular whatever their number.
func TestCapacity(t *testing.T) {
	q, err := onSquare("moons")
	if err != nil {
		t.Fatal(err)
	}
	var last result
	for i, bins := range []int{1, 4, 16} {
		r, err := learn(t.Context(), q, bins, 100)
		if err != nil {
			t.Fatal(err)
		}
		if r.upper > 1e-12 {
			t.Errorf("%d bins: ∂u₁/∂x₂ is %g", bins, r.upper)
		}
		if i > 0 && (r.kl > 0.7*last.kl || r.apart > last.apart) {
			t.Errorf("%d bins: KL %.4f and distance %.4f, with %d bins %.4f and %.4f", bins, r.kl, r.apart, last.bins, last.kl, last.apart)
		}
		last = r
	}
	if last.kl > 0.25 || last.apart > 0.03 {
		t.Errorf("16 bins: %+v", last)
	}
}

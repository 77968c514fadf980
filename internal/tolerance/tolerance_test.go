package tolerance

import (
	"math"
	"strings"
	"testing"
)

func TestAllows(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	b := Bound{Abs: 0.1, Rel: 0.01}
	for _, c := range []struct {
		got, want float64
		ok        bool
	}{
		{1, 1, true}, {1.1, 1, true}, {1.12, 1, false}, {101, 100, true}, {101.2, 100, false},
		{nan, nan, true}, {nan, 0, false}, {0, nan, false}, {inf, inf, true}, {inf, -inf, false},
		{inf, 1e300, false}, {1e300, inf, false}, {math.Copysign(0, -1), 0, true},
	} {
		if b.Allows(c.got, c.want) != c.ok {
			t.Errorf("Allows(%g, %g) = %t", c.got, c.want, !c.ok)
		}
	}
	if (Bound{}).Allows(1, math.Nextafter(1, 2)) || !(Bound{}).Allows(1, 1) {
		t.Error("the zero Bound must allow equal numbers and no others")
	}
}

func TestCompareNamesTheWorstElement(t *testing.T) {
	err := Compare([]float64{1, 2.5, 9}, []float64{1, 2, 3}, Float64.Value)
	if err == nil || !strings.Contains(err.Error(), "element 2 is 9, want 3") || !strings.Contains(err.Error(), "2 of 3") {
		t.Error(err)
	}
	if err := Compare([]float64{1}, nil, Bound{}); err == nil {
		t.Error("different lengths pass")
	}
	if err := Compare([]float64{math.NaN(), 5}, []float64{1, 1}, Bound{1, 1}); err == nil || !strings.Contains(err.Error(), "element 0") {
		t.Errorf("a NaN is the worst: %v", err)
	}
}

func TestCompareRoundsTheReference(t *testing.T) {
	big := []float64{1e60, 1 + 1e-12}
	if err := Compare([]float32{float32(math.Inf(1)), 1}, big, Bound{}); err != nil {
		t.Error(err)
	}
	if err := Compare([]float64{math.Inf(1), 1}, big, Bound{}); err == nil {
		t.Error("in float64 neither is exact")
	}
}

// What rounds more is allowed more: each derivative more than the one before it, a piece more than an op, float32 more than float64.
func TestTheTableIsOrdered(t *testing.T) {
	smaller := func(what string, a, b Bound) {
		t.Helper()
		if a.Abs > b.Abs || a.Rel > b.Rel || a.Abs <= 0 || a.Rel <= 0 {
			t.Errorf("%s: %v, then %v", what, a, b)
		}
	}
	for _, r := range []Row{Of[float32](), Of[float64]()} {
		for order := range 2 {
			smaller("a derivative more", r.Order(order), r.Order(order+1))
		}
		smaller("a sum", r.Value, r.LogDet)
		smaller("a piece", r.LogDet, Bound{r.Piece, r.Piece})
		smaller("a difference", Bound{r.Piece, r.Piece}, Bound{r.Difference, r.Difference})
	}
	for order := range 3 {
		smaller("float64, float32", Float64.Order(order), Float32.Order(order))
	}
	smaller("float64, float32: pieces", Bound{Float64.Piece, Float64.Difference}, Bound{Float32.Piece, Float32.Difference})
	if Of[float32]() != Float32 || Of[float64]() != Float64 {
		t.Error("Of mixes up its rows")
	}
}

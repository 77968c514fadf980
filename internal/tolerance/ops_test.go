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
	err := Compare([]float64{1, 2.5, 9}, []float64{1, 2, 3}, Ops64.Value)
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

func TestTheTableGrowsWithTheOrder(t *testing.T) {
	for _, row := range []Ops{OpsOf[float32](), OpsOf[float64]()} {
		for order := range 2 {
			if a, b := row.Order(order), row.Order(order+1); a.Abs > b.Abs || a.Rel > b.Rel {
				t.Errorf("order %d allows %v, order %d %v", order, a, order+1, b)
			}
		}
	}
	if OpsOf[float32]() != Ops32 || OpsOf[float64]() != Ops64 {
		t.Error("OpsOf mixes up its rows")
	}
}

package flowtest

import (
	"math"
	"testing"
)

// near compares got with want element by element: the difference may be tol where |want| ≤ 1 and relative beyond. Equal infinities agree.
// Only the first difference of many is worth reading.
func near(t testing.TB, what string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d numbers, want %d", what, len(got), len(want))
		return
	}
	for i, x := range got {
		if w := want[i]; !(math.Abs(x-w) <= tol*math.Max(1, math.Abs(w))) && x != w {
			t.Errorf("%s: element %d of %d is %.17g, want %.17g (tolerance %.1g)", what, i, len(got), x, w, tol)
			return
		}
	}
}

// noNaN reports the first NaN.
func noNaN(t testing.TB, what string, x []float64) {
	t.Helper()
	for i, v := range x {
		if math.IsNaN(v) {
			t.Errorf("%s: element %d of %d is NaN", what, i, len(x))
			return
		}
	}
}

// allFinite reports the first number that is not finite.
func allFinite(t testing.TB, what string, x []float64) {
	t.Helper()
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Errorf("%s: element %d of %d is %g", what, i, len(x), v)
			return
		}
	}
}

// largest is the largest magnitude in x, at least 1.
func largest(x []float64) float64 {
	m := 1.0
	for _, v := range x {
		m = math.Max(m, math.Abs(v))
	}
	return m
}

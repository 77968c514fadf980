package tolerance

import (
	"fmt"
	"math"
)

// Bound allows |got − want| ≤ Abs + Rel·|want|. The zero Bound allows equal numbers only.
type Bound struct{ Abs, Rel float64 }

// Times is the bound widened by a factor.
func (b Bound) Times(k float64) Bound { return Bound{k * b.Abs, k * b.Rel} }

// Allows reports whether got is near enough to want. NaN is near NaN alone, an infinity near itself alone; 0 and −0 are equal.
func (b Bound) Allows(got, want float64) bool {
	if math.IsNaN(want) || math.IsInf(want, 0) || math.IsNaN(got) || math.IsInf(got, 0) {
		return got == want || math.IsNaN(got) && math.IsNaN(want)
	}
	return math.Abs(got-want) <= b.Abs+b.Rel*math.Abs(want)
}

// Compare returns an error that names the element farthest out of bounds, or nil. The reference is rounded to the number
// type of got first, so that what overflows there is an infinity.
func Compare[T float32 | float64](got []T, want []float64, b Bound) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d numbers, want %d", len(got), len(want))
	}
	at, worst, bad := -1, 0., 0
	for i := range got {
		g, w := float64(got[i]), float64(T(want[i]))
		if b.Allows(g, w) {
			continue
		}
		bad++
		excess := math.Abs(g-w) / (b.Abs + b.Rel*math.Abs(w))
		if math.IsNaN(excess) {
			excess = math.Inf(1)
		}
		if at < 0 || excess > worst {
			at, worst = i, excess
		}
	}
	if at < 0 {
		return nil
	}
	return fmt.Errorf("element %d is %.9g, want %.9g: off by %.2g, allowed %.2g (%d of %d elements are out of bounds)",
		at, float64(got[at]), want[at], float64(got[at])-want[at], b.Abs+b.Rel*math.Abs(want[at]), bad, len(got))
}

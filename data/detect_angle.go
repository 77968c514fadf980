package data

import (
	"fmt"
	"math"
	"slices"
)

// turns are the circles that people measure angles on.
var turns = []struct {
	period float64
	unit   string
}{{2 * math.Pi, "radians"}, {360, "degrees"}}

// turn finds the circle that a column goes all the way round: its numbers lie between 0 and the period, or half of it to either side of 0, and leave
// no quarter of the circle empty. A narrower column may be an angle or not; nothing tells.
func (f *findings) turn() (s Spec, why string, ok bool) {
	for _, t := range turns {
		if !onTurn(f.low, t.period) || !onTurn(f.high, t.period) || f.low < 0 && f.high > t.period/2*(1+turnError) {
			continue
		}
		n := len(f.sorted)
		widest := f.sorted[0] + t.period - f.sorted[n-1]
		for i := 1; i < n; i++ {
			widest = math.Max(widest, f.sorted[i]-f.sorted[i-1])
		}
		if widest > t.period/4 {
			continue
		}
		s = Spec{Steps: []Step{{Kind: Circular, Period: t.period}}, Scale: ScaleNone, anywhere: true}
		return s, fmt.Sprintf("from %.4g to %.4g all the way round, as %s go", f.low, f.high, t.unit), true
	}
	return s, "", false
}

// turnError is what an angle may lie beyond its circle, by rounding.
const turnError = 1e-3

// onTurn tells whether a number can be an angle of this period, counted from 0 or from half of it below.
func onTurn(x, period float64) bool {
	return x >= -period/2*(1+turnError) && x <= period*(1+turnError)
}

// angle is the proposal for a column of angles. Those that are rounded are spread over their cells first, where these fit into the circle.
func (f *findings) angle(sample bool) (s Spec, why string, ok bool) {
	if s, why, ok = f.turn(); !ok {
		return s, "", false
	}
	period := s.Steps[0].Period
	grid, rounded := f.discrete(sample)
	if wide, ok := f.grid(); ok && rounded && !sample && fills(wide, period) { // tens of degrees are whole numbers too
		grid = wide
	}
	if rounded && fills(grid, period) {
		s.Steps = append([]Step{grid}, s.Steps...)
		why = join(fmt.Sprintf("%s, %s different ones", describeGrid(grid), f.atLeast()), why)
	}
	return s, why, true
}

// cut says that a column goes round a circle and is cut where there are rows: on either side of the cut, within a 36th of the circle, is a two
// hundredth of them at least. Normal numbers of deviation 1, which lie within ±π too, have less there.
func (f *findings) cut() string {
	s, why, ok := f.turn()
	if !ok {
		return ""
	}
	period := s.Steps[0].Period
	low, high := 0.0, period
	if f.low < 0 {
		low, high = -period/2, period/2
	}
	n := len(f.sorted)
	after, _ := slices.BinarySearch(f.sorted, low+period/36)
	before, _ := slices.BinarySearch(f.sorted, high-period/36)
	if float64(min(after, n-before)) < float64(n)/200 {
		return ""
	}
	return why
}

// fills tells whether a circle is a whole number of a grid's cells.
func fills(grid Step, period float64) bool {
	cells := period / grid.Width
	return math.Abs(cells-math.Round(cells)) < 1e-9*cells
}

// beyond tells whether a number contradicts that a column was taken for angles.
func (s Spec) beyond(x float64) bool {
	for _, step := range s.Steps {
		if step.Kind == Circular && !onTurn(x, step.Period) {
			return true
		}
	}
	return false
}

package data

import (
	"fmt"
	"math"
)

// WhyAtoms explains what a repeated value does to a likelihood.
const WhyAtoms = "Where many rows have exactly the same value a density has no upper bound: a flow gains likelihood without end by piling up a needle there, " +
	"log-densities can no longer be compared, and the rest of the column is fitted badly."

// An atom is a value that a hundredth of the rows share, and ten of them at least.
const (
	atomShare = 0.01
	atomRows  = 10
)

// atoms warns of a value that many rows share, and of a column that is rounded.
func (f *findings) atoms() []string {
	n := len(f.sorted)
	remedy := "leave the column out (--columns names those to keep), or accept it with --allow-atoms"
	grid, ok := f.grid()
	if width := f.decimals(); !ok && width > 0 {
		grid, ok = Step{Kind: Dequantize, Width: width}, true
	}
	if ok {
		remedy = fmt.Sprintf("dequantize it (--column NAME=%v), ", Spec{Steps: []Step{grid}}) + remedy
	}
	share := float64(f.modeCount) / float64(n)
	switch {
	case f.distinct <= n/5:
		return []string{fmt.Sprintf("there are few different values, %s in %d rows; %s", f.atLeast(), f.rows, remedy)}
	case share >= atomShare && f.modeCount >= atomRows:
		return []string{fmt.Sprintf("%.3g %% of the rows are exactly %v; %s", 100*share, f.mode, remedy)}
	}
	return nil
}

// decimals is the power of ten that the column's numbers are multiples of, up to the rounding of float32; 0 where none is found.
func (f *findings) decimals() float64 {
	for _, parts := range []float64{1, 10, 100, 1e3, 1e4} {
		step := Step{Kind: Dequantize, Width: 1 / parts}
		on := math.Max(-f.low, f.high)*parts < 1e6 // else float32 has no digit left to tell
		for i := 0; on && i < len(f.sorted); i++ {
			_, _, on = step.Apply(f.sorted[i], 0.5)
		}
		if on {
			return 1 / parts
		}
	}
	return 0
}

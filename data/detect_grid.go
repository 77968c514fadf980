package data

import (
	"math"
	"strconv"
)

// What two numbers of a grid may be off: in decimals that float64 holds, and in those that went through float32.
const (
	doubleError = 1e-14
	singleError = 2e-7
)

// grid finds the widest grid offset + k·width that the sample's numbers lie on, in decimals as somebody would write them where these fit. ok is false
// where there is none that float32 could tell from no grid.
func (f *findings) grid() (s Step, ok bool) {
	x := f.sorted
	low, high := x[0], x[len(x)-1]
	size := math.Max(-low, high)
	width := commonWidth(x, 1e-6*size)
	if !(width > 0) {
		return s, false
	}
	width = (high - low) / math.Round((high-low)/width)
	for _, allowed := range []float64{doubleError * size, singleError * size} {
		for digits := 1; digits <= 15; digits++ { // the last is the number itself
			s = Step{Kind: Dequantize, Width: decimal(width, digits)}
			if !(s.Width > 0) || math.Abs(s.Width/width-1) > 1e-3 {
				continue
			}
			offset := low - math.Floor(low/s.Width+1e-6)*s.Width
			for places := 1; places <= digits; places++ {
				if s.Offset = decimal(offset, places); offset <= allowed {
					s.Offset = 0
				}
				if s.fits(x, allowed) {
					return s, true
				}
			}
		}
	}
	return s, false
}

// decimal is x with so many digits, and x itself with 15.
func decimal(x float64, digits int) float64 {
	if digits >= 15 {
		return x
	}
	y, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', digits, 64), 64)
	if err != nil {
		return math.NaN()
	}
	return y
}

// fits tells whether sorted numbers lie on a grid, but for an error that is allowed.
func (s Step) fits(sorted []float64, allowed float64) bool {
	for i, x := range sorted {
		if i > 0 && x == sorted[i-1] {
			continue
		}
		k := math.Round((x - s.Offset) / s.Width)
		if math.Abs(x-(s.Offset+k*s.Width)) > allowed {
			return false
		}
		if _, _, on := s.Apply(x, 0.5); !on {
			return false
		}
	}
	return true
}

// commonWidth is the largest number that the gaps between sorted numbers are multiples of, up to an error: Euclid's algorithm, gap by gap. It is 0
// where the error could make a grid of anything.
func commonWidth(sorted []float64, allowed float64) float64 {
	const enough = 20 // errors in a cell of a grid that is one
	width, most := 0.0, 0.0
	for i := 1; i < len(sorted); i++ {
		gap := sorted[i] - sorted[i-1]
		if gap <= allowed {
			continue
		}
		if width == 0 {
			width, most = gap, 1
		}
		n := math.Round(gap / width)
		if rest := math.Abs(gap - n*width); rest > allowed {
			for rest > allowed {
				width, rest = rest, math.Abs(math.Remainder(width, rest))
			}
			most = 1
		} else if n > most { // a long gap tells the width more exactly
			width, most = gap/n, n
		}
		if width < enough*allowed {
			return 0
		}
	}
	return width
}

// Evidence for a grid that is no rounding: numbers with so many decimals are multiples of a power of ten, and random ones of no larger number. There have
// to be some different numbers for that to be no accident, or nearly all of the grid's between the least and the greatest.
const (
	gridNumbers = 10
	gridLeast   = 3
)

// lattice finds the grid of a column whose numbers are not whole, where it is plain to see.
func (f *findings) lattice() (s Step, ok bool) {
	if f.distinct < gridLeast || f.distinct > len(f.sorted)/2 {
		return s, false
	}
	if s, ok = f.grid(); !ok || s.Width < 1.5*f.decimals() {
		return s, false
	}
	cells := math.Round((f.sorted[len(f.sorted)-1]-f.sorted[0])/s.Width) + 1
	return s, f.distinct >= gridNumbers || cells <= 2*float64(f.distinct)
}

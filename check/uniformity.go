package check

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Uniformity is how numbers that ought to be uniform in (0, 1) are.
type Uniformity struct {
	Name     string
	Verdict  Verdict
	P        float64 // by chance, by χ² over the bins of Counts and times the number of tests of its kind (Bonferroni); NaN for too few rows
	Distance float64 // the largest difference of distribution functions: by so much the share of rows within a region differs from the region's mass
	Counts   []int   // a histogram of bins of equal width
	Text     string  // what this means, in a sentence

	sorted []float64
}

// Coverage is the share of the numbers that are at most level: of regions of a mass, the share of rows within. It ought to be level itself.
func (u Uniformity) Coverage(level float64) float64 {
	n, found := slices.BinarySearch(u.sorted, level)
	for found && n < len(u.sorted) && u.sorted[n] == level {
		n++
	}
	return float64(n) / float64(len(u.sorted))
}

// The bins of a histogram: so many, and fewer where they would hold fewer than rowsOfBin rows by chance.
const (
	mostBins  = 20
	rowsOfBin = 10
)

// words say what numbers mean that are not uniform: low and high ones are more frequent, those at the ends, or those in the middle.
type words struct{ uniform, low, high, ends, middle string }

var (
	rankWords = words{
		"the density is as wide as it has to be, and in the right place",
		"draws lie too high: the truth is below them too often",
		"draws lie too low: the truth is above them too often",
		"the density is too narrow (overconfident): the truth is outside most draws too often",
		"the density is too wide (underconfident): the truth is in the middle of the draws too often",
	}
	densityWords = words{
		"regions of highest density hold the truth as often as they should",
		"regions of highest density hold the truth too often: the density is too wide (underconfident)",
		"regions of highest density hold the truth too rarely: the density is too narrow (overconfident)",
		"small regions of highest density hold the truth too often, and large ones too rarely: the density has the wrong shape",
		"small regions of highest density hold the truth too rarely, and large ones too often: the density has the wrong shape",
	}
	referenceWords = words{
		"draws are as far from rows with a similar context as the truth is",
		"the truth is nearer to rows with a similar context than draws are: the density leaves out what the context says, or is biased",
		"the truth is farther from rows with a similar context than draws are: the density takes too much from the context, or is biased",
		"the density is too narrow (overconfident), or biased",
		"the density is too wide (underconfident)",
	}
)

// uniformity tests numbers, which it sorts, one test of so many of its kind.
func uniformity(name string, u []float64, tests int, say words) Uniformity {
	n := len(u)
	if n < enoughRows {
		return Uniformity{Name: name, Verdict: Inconclusive, P: nan, Distance: nan, sorted: u, Text: fmt.Sprintf("asked of %d rows or more, here are %d", enoughRows, n)}
	}
	bins := min(max(n/rowsOfBin, 2), mostBins)
	out := Uniformity{Name: name, Verdict: Pass, Distance: distanceFromUniform(u), Counts: make([]int, bins), sorted: u}
	mean, spread := 0.0, 0.0
	for _, v := range u {
		out.Counts[min(int(v*float64(bins)), bins-1)]++
		mean += (v - 0.5) / float64(n)
		spread += ((v-0.5)*(v-0.5) - 1.0/12) / float64(n)
	}
	expected, sum := float64(n)/float64(bins), 0.0
	for _, c := range out.Counts {
		sum += (float64(c) - expected) * (float64(c) - expected) / expected
	}
	out.P = math.Min(1, float64(tests)*distuv.ChiSquared{K: float64(bins - 1)}.Survival(sum))
	if out.P >= pitLevel {
		out.Text = say.uniform
		return out
	}
	// As shares of what there can be: v − ½ is within ½, and (v − ½)² − 1/12 between −1/12 and 1/6.
	off, ends, middle := 2*math.Abs(mean), 6*spread, -12*spread
	switch {
	case off >= max(ends, middle) && mean > 0:
		out.Text = say.high
	case off >= max(ends, middle):
		out.Text = say.low
	case ends > 0:
		out.Text = say.ends
	default:
		out.Text = say.middle
	}
	switch {
	case out.Distance > largeDistance:
		out.Verdict = Fail
	case out.Distance > smallDistance:
		out.Verdict = Warn
	default:
		out.Text = "by less than matters, " + out.Text
	}
	return out
}

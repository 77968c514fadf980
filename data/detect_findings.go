package data

import (
	"fmt"
	"math"
)

// findings are what tells how a column is distributed. Extremes and wholeness are of all rows, the rest of a sample.
type findings struct {
	rows      int
	low, high float64
	whole     bool      // all numbers are
	sorted    []float64 // sampleRows of them at most
	distinct  int       // in the sample
	mode      float64   // the value that occurs most often in the sample, and how often
	modeCount int
}

func look(t Table, col int) *findings {
	f := &findings{rows: t.Values.Rows, low: math.Inf(1), high: math.Inf(-1), whole: true}
	for r := range t.Values.Rows {
		x := t.Values.Row(r)[col]
		f.low, f.high = min(f.low, x), max(f.high, x)
		f.whole = f.whole && x == math.Trunc(x)
	}
	f.sorted = sortedSample(t.Values, col)
	for i, run := 0, 0; i < len(f.sorted); i++ {
		if run++; i == 0 || f.sorted[i] != f.sorted[i-1] {
			f.distinct++
			run = 1
		}
		if run > f.modeCount {
			f.mode, f.modeCount = f.sorted[i], run
		}
	}
	return f
}

// atLeast is the number of different values, as far as the sample tells.
func (f *findings) atLeast() string {
	if len(f.sorted) < f.rows {
		return fmt.Sprintf("at least %d", f.distinct)
	}
	return fmt.Sprint(f.distinct)
}

// enoughForLog is the gain, in nats a row, of a log-normal over a normal density that a log is proposed for. A Gamma distribution of
// shape 1 (an exponential) has 0.3 below and stays as it is.
const enoughForLog = 0.5

// logGain is how much the mean log-density of the rows rises from the best normal to the best log-normal, in nats; −Inf unless all are
// above 0 and the tails of the bulk (the 1st, 50th and 99th percentiles) are lopsided, so that no single row decides.
//
//	[−ln σ(x)] − [−ln σ(ln x) − mean ln x], negated
func (f *findings) logGain() float64 {
	n := len(f.sorted)
	bottom, middle, top := f.sorted[n/100], f.sorted[n/2], f.sorted[n-1-n/100]
	if !(f.low > 0) || !(top-middle > 5*(middle-bottom)) || !(math.Log(middle/bottom) > 0.1) {
		return math.Inf(-1)
	}
	logs, meanLog := make([]float64, n), 0.0
	for i, x := range f.sorted {
		logs[i] = math.Log(x)
		meanLog += logs[i] / float64(n)
	}
	return math.Log(spread(f.sorted)) - math.Log(spread(logs)) - meanLog
}

// spread is the standard deviation, of numbers scaled so that their squares do not overflow.
func spread(x []float64) float64 {
	largest := 0.0
	for _, v := range x {
		largest = max(largest, math.Abs(v))
	}
	if largest == 0 {
		return 0
	}
	n, mean, sum := float64(len(x)), 0.0, 0.0
	for _, v := range x {
		mean += v / largest / n
	}
	for _, v := range x {
		d := v/largest - mean
		sum += d * d / n
	}
	return largest * math.Sqrt(sum)
}

// outlying is the standard deviation over that of a normal distribution with the same quartiles. It is 1 where half of the rows share
// one value, which is an atom's business. The extremes are put back where the sample missed them.
func (f *findings) outlying() float64 {
	n := len(f.sorted)
	width := (f.sorted[3*n/4] - f.sorted[n/4]) / normalQuartiles
	if n < fewRows || !(width > 0) {
		return 1
	}
	middle, rows := f.sorted[n/2], float64(f.rows)
	extreme := math.Max(f.high-middle, middle-f.low) / math.Sqrt(rows)
	return math.Max(spread(f.sorted), extreme) / width
}

// trimmedMoments are the mean and the deviation of sorted numbers without the lowest and the highest thousandth, at least one at either end.
func trimmedMoments(sorted []float64) (mean, deviation float64) {
	cut := len(sorted)/1000 + 1
	if len(sorted) <= 2*cut {
		return 0, 0
	}
	rest := sorted[cut : len(sorted)-cut]
	for i, x := range rest {
		mean += (x - mean) / float64(i+1)
	}
	return mean, spread(rest)
}

// swollen is how many times larger the standard deviation is than the trimmed one.
func (f *findings) swollen() float64 {
	_, rest := trimmedMoments(f.sorted)
	if !(rest > 0) {
		return 1
	}
	middle := f.sorted[len(f.sorted)/2]
	return math.Max(spread(f.sorted), math.Max(f.high-middle, middle-f.low)/math.Sqrt(float64(f.rows))) / rest
}

// naturalEnds are the bounded intervals that columns have by their meaning: shares, correlations, percentages.
var naturalEnds = [][2]float64{{0, 1}, {-1, 1}, {0, 100}}

// bounded returns the natural interval that a column fills to both ends, without touching them, and the share of rows within a
// fiftieth of its width of the ends. A uniform distribution has 4 %; each end must have 1.
func (f *findings) bounded() (ends [2]float64, share float64) {
	n := float64(len(f.sorted))
	for _, e := range naturalEnds {
		if !(f.low > e[0] && f.high < e[1]) {
			continue
		}
		near, atLow, atHigh := (e[1]-e[0])/50, 0.0, 0.0
		for _, x := range f.sorted {
			if x < e[0]+near {
				atLow++
			}
			if x > e[1]-near {
				atHigh++
			}
		}
		if atLow >= 0.01*n && atHigh >= 0.01*n && f.modeCount <= max(2, len(f.sorted)/1000) {
			return e, (atLow + atHigh) / n
		}
	}
	return [2]float64{}, 0
}

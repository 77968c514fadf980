package check

import (
	"fmt"
	"math"

	"diffeo/matrix"
)

// likelihood asks whether every picture has a finite log-density, and what the set costs in bits per dimension: of fewer than a uniform density has, and of about as many as the test pictures that
// were held back from the training.
func (p *pictures) likelihood() ([]Result, error) {
	n := p.table.X.Rows
	if n == 0 {
		return []Result{none(Finite, "asked of pictures: give a set"), none(Bits, "asked of pictures: give a set")}, nil
	}
	bits := make([]float64, 0, n)
	broken := 0
	const batch = 256
	for from := 0; from < n; from += batch {
		to := min(from+batch, n)
		var cond rows64
		if p.table.Cond.Rows > 0 {
			cond = p.table.Cond.Slice(from, to)
		}
		l, bound := make([]float64, to-from), make([]float64, to-from)
		if err := p.density.LogProbCells(p.ctx, p.table.X.Slice(from, to), cond, 1, l, bound); err != nil {
			return nil, err
		}
		for _, v := range l {
			switch {
			case v-v == 0:
				bits = append(bits, p.model.Image.BitsPerDim(v))
			case !math.IsInf(v, -1):
				broken++
			}
		}
	}
	return []Result{finitePictures(n, len(bits), broken), p.bits(bits)}, nil
}

// finitePictures judges how many of n pictures have a finite log-density; broken are those with NaN or +∞.
func finitePictures(n, finite, broken int) Result {
	r := Result{Name: Finite, Verdict: Pass, Value: float64(finite) / float64(n), Bound: finiteShare, Unit: "share", Count: n, Text: "every picture has a finite log-density"}
	zero := n - finite - broken
	switch {
	case broken > 0:
		r.Verdict, r.Text = Fail, fmt.Sprintf("%d of %d pictures have a log-density that is NaN or +∞: the model is broken there", broken, n)
	case r.Value < finiteShare:
		r.Verdict, r.Text = Fail, fmt.Sprintf("%d of %d pictures have density 0: the model and the set do not belong together", zero, n)
	case zero > 0:
		r.Verdict, r.Text = Warn, fmt.Sprintf("%d of %d pictures have density 0: means leave them out", zero, n)
	}
	return r
}

// bits judges the bits per dimension of pictures.
func (p *pictures) bits(x []float64) Result {
	n := len(x)
	if n == 0 {
		return none(Bits, "no picture has a finite log-density")
	}
	mean, se := meanAndError(x)
	uniform := math.Log2(float64(p.model.Image.Levels))
	r := Result{Name: Bits, Verdict: Pass, Value: mean, Bound: uniform, Count: n}
	measured := fmt.Sprintf("%.4f ± %.4f bits (2 standard errors) over %d pictures, an upper bound at one point of each cell", mean, 2*se, n)
	if n < 2 {
		measured = fmt.Sprintf("%.4f bits of one picture, an upper bound at one point of each cell", mean)
	}
	test, testError, known := p.testBits()
	off := mean - test
	switch {
	case !(mean <= uniform):
		r.Verdict = Fail
		r.Text = fmt.Sprintf("%s: more than the %.4g of a uniform density, so that the model knows nothing of these pictures", measured, uniform)
	case known && n > 1 && math.Abs(off) > warnSigma*math.Hypot(se, testError) && math.Abs(off) > 0.01:
		r.Verdict = Warn
		r.Text = fmt.Sprintf("%s, and the test pictures of the fit have %.4f: these are not of the same kind, or were trained on", measured, test)
	case known:
		r.Text = fmt.Sprintf("%s; the test pictures of the fit have %.4f", measured, test)
	default:
		r.Text = measured
	}
	return r
}

// testBits are those of the test pictures of the fit, with their standard error.
func (p *pictures) testBits() (mean, se float64, known bool) {
	t := p.model.Training
	if t.TestLogProb == nil {
		return 0, 0, false
	}
	if t.TestLogProb2SE != nil {
		se = math.Abs(p.model.Image.BitsPerDim(*t.TestLogProb2SE)) / 2
	}
	return p.model.Image.BitsPerDim(*t.TestLogProb), se, true
}

// meanAndError is the mean of numbers with its standard error, 0 for one number.
func meanAndError(x []float64) (mean, se float64) {
	mean, deviation := spreadOf(x)
	return mean, deviation / math.Sqrt(float64(len(x)))
}

// spreadOf is the mean and the deviation of the finite ones of some numbers.
func spreadOf(x []float64) (mean, deviation float64) {
	n, squares := 0.0, 0.0
	for _, v := range x { // Welford, 1962
		if v-v != 0 {
			continue
		}
		n++
		d := v - mean
		mean += d / n
		squares += d * (v - mean)
	}
	if n < 2 {
		return mean, 0
	}
	return mean, math.Sqrt(squares / (n - 1))
}

// flat copies columns from low to high of the first rows into one list.
func flat(x matrix.Matrix[float64], rows, low, high int) []float64 {
	out := make([]float64, 0, rows*(high-low))
	for r := range rows {
		out = append(out, x.Row(r)[low:high]...)
	}
	return out
}

package model

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"diffeo/fault"
)

// Reference is how the log-densities of rows that training did not see are distributed. It makes scores of log-densities: a log-density by
// itself has no scale that people know, and depends on the units of the data.
type Reference struct {
	Rows int     `json:"rows"`           // that it was made of
	Zero float64 `json:"zero,omitempty"` // share of them that has density 0; the others count below
	Mean float64 `json:"mean"`           // of the log-densities: minus an estimate of the entropy, in nats
	Std  float64 `json:"std"`            // their standard deviation

	// Quantiles ascend; number i of m is the one at (1 − cos(π·i/(m−1)))/2, so that they are dense at both ends. They are rounded to 10⁻⁴ nats.
	Quantiles []float64 `json:"quantiles"`
}

// Sizes of Reference.Quantiles.
const (
	referencePoints = 257 // that are made: a step is 0.6 % in the middle, 4·10⁻⁵ at the ends
	mostPoints      = 1 << 14
)

// NewReference makes one of log-densities in the data's own units, with weights where there are any. nil: fewer than two rows with weight have
// a density.
func NewReference(logProbs, weights []float64) *Reference {
	type row struct{ l, w float64 }
	var rows []row
	n, all := 0, 0.0
	for i, l := range logProbs {
		w := 1.0
		if weights != nil {
			w = weights[i]
		}
		if !(w > 0) || math.IsNaN(l) {
			continue
		}
		n++
		all += w
		if !math.IsInf(l, 0) {
			rows = append(rows, row{l, w})
		}
	}
	if len(rows) < 2 {
		return nil
	}
	slices.SortFunc(rows, func(a, b row) int {
		switch {
		case a.l < b.l:
			return -1
		case a.l > b.l:
			return 1
		}
		return 0
	})
	r := &Reference{Rows: n}
	finite, upTo := 0.0, make([]float64, len(rows)) // the middle of each row's share
	for i, x := range rows {
		upTo[i] = finite + x.w/2
		finite += x.w
		r.Mean += (x.l - r.Mean) * x.w / finite
	}
	for _, x := range rows {
		r.Std += x.w / finite * (x.l - r.Mean) * (x.l - r.Mean)
	}
	r.Std = round(math.Sqrt(r.Std))
	r.Mean = round(r.Mean)
	r.Zero = max(0, 1-finite/all)
	if len(rows) == n {
		r.Zero = 0
	}
	low, high := upTo[0], upTo[len(upTo)-1]
	for i := range referencePoints {
		at := low + (high-low)*place(i, referencePoints)
		k := min(max(sort.SearchFloat64s(upTo, at), 1), len(rows)-1)
		t := min(max((at-upTo[k-1])/(upTo[k]-upTo[k-1]), 0), 1)
		r.Quantiles = append(r.Quantiles, round(rows[k-1].l+t*(rows[k].l-rows[k-1].l)))
	}
	return r
}

// place is the probability of quantile i of m.
func place(i, m int) float64 { return (1 - math.Cos(math.Pi*float64(i)/float64(m-1))) / 2 }

func round(x float64) float64 {
	if math.Abs(x) > 1e10 { // it has no digits to spare
		return x
	}
	return math.Round(x*1e4) / 1e4
}

// check reports a reference that contradicts itself.
func (r *Reference) check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: reference: %s", fault.ErrModel, fmt.Sprintf(format, args...))
	}
	switch {
	case r.Rows < 2:
		return bad("made of %d rows", r.Rows)
	case !(r.Zero >= 0 && r.Zero < 1):
		return bad("a share of %g has density 0", r.Zero)
	case !(r.Std >= 0) || math.IsInf(r.Std, 0) || r.Mean-r.Mean != 0:
		return bad("log-densities of mean %g and deviation %g", r.Mean, r.Std)
	case len(r.Quantiles) < 2 || len(r.Quantiles) > mostPoints:
		return bad("%d quantiles, not within 2 … %d", len(r.Quantiles), mostPoints)
	case !slices.IsSorted(r.Quantiles) || r.Quantiles[0]-r.Quantiles[0] != 0 || r.Quantiles[len(r.Quantiles)-1]-r.Quantiles[len(r.Quantiles)-1] != 0:
		return bad("quantiles that do not ascend")
	}
	return nil
}

// count is how many of the rows that have a density have a log-density of s or less, between rows by interpolation.
func (r *Reference) count(s float64) float64 {
	q, m := r.Quantiles, len(r.Quantiles)
	n := float64(r.Rows) * (1 - r.Zero)
	k := sort.Search(m, func(i int) bool { return q[i] > s })
	switch k {
	case 0:
		return 0
	case m:
		return n
	}
	below, t := place(k-1, m), (s-q[k-1])/(q[k]-q[k-1])
	return 1 + (n-1)*(below+t*(place(k, m)-below))
}

// Quantile is the probability that a row of the reference's distribution scores no higher than a row with this log-density,
//
//	q = (1 + #{reference rows ≤ logProb})/(rows + 1)
//
// which is the p-value of conformal prediction (Bates et al., arXiv 2104.08279): a new row of that distribution has q ≤ α with probability α
// at most, whatever the model is worth. It lies in (0, 1] and is 1/(rows+1) for what scores below all. NaN for NaN. It errs by the interpolation between
// the stored quantiles: by a row or two of few, by less than 0.6 % in the middle and 4·10⁻⁵ at the ends of many.
func (r *Reference) Quantile(logProb float64) float64 {
	if math.IsNaN(logProb) {
		return logProb
	}
	n := float64(r.Rows)
	return min((1+n*r.Zero+r.count(logProb))/(n+1), 1)
}

// Typicality is the probability that a row of the reference's distribution has a log-density as far as this one from its mean, on either side:
//
//	t = (1 + #{reference rows with |log p − mean| ≥ |logProb − mean|})/(rows + 1)
//
// the test of Nalisnick et al. (arXiv 1906.02994) for sets of one row, with reference rows in place of the bootstrap. minus the mean estimates the
// entropy: the typical set is where log p is near to it. A row that is denser than nearly all others is as little typical as one that is rarer.
func (r *Reference) Typicality(logProb float64) float64 {
	if math.IsNaN(logProb) {
		return logProb
	}
	n, d := float64(r.Rows), math.Abs(logProb-r.Mean)
	farther := n*r.Zero + r.count(r.Mean-d)
	if !math.IsInf(d, 0) {
		farther += n*(1-r.Zero) - r.count(math.Nextafter(r.Mean+d, math.Inf(-1)))
	}
	return min((1+farther)/(n+1), 1)
}

// Deviation is by how many standard errors the mean log-density of so many rows lies above that of the reference: the same test for a set of
// rows, for which it is far sharper than for one. Both means are uncertain: the standard error is Std·√(1/rows + 1/Rows).
func (r *Reference) Deviation(mean float64, rows int) float64 {
	return (mean - r.Mean) / (r.Std * math.Sqrt(1/float64(rows)+1/float64(r.Rows)))
}

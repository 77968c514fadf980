package check

import (
	"errors"
	"fmt"
	"math"

	"diffeo/data"
)

// finiteScores counts the rows of the table whose log-density is a finite number.
func (s *subject) finiteScores() ([]Result, error) {
	n := s.table.X.Rows
	if n == 0 {
		return []Result{none(Finite, "asked of the rows of a table: give one")}, nil
	}
	l, outside, err := s.scores(s.table.X, s.table.Cond)
	if err != nil {
		return nil, err
	}
	zero, broken := 0, 0
	for _, v := range l {
		switch {
		case math.IsInf(v, -1):
			zero++
		case v-v != 0:
			broken++
		}
	}
	broken -= outside
	share := float64(n-zero-outside-broken) / float64(n)
	r := Result{Name: Finite, Verdict: Pass, Value: share, Bound: finiteShare, Unit: "share", Count: n}
	counts := fmt.Sprintf("%d of %d rows have density 0, %d lie too far out to be computed with", zero, n, outside)
	switch {
	case broken > 0:
		r.Verdict = Fail
		r.Text = fmt.Sprintf("%d of %d rows have a log-density that is NaN or +∞: the model is broken there (%s)", broken, n, counts)
	case share < finiteShare:
		r.Verdict, r.Text = Fail, counts+": the model and the table do not belong together, or a unit changed"
	case share < 1:
		r.Verdict, r.Text = Warn, counts+": mean log-densities leave them out"
	default:
		r.Text = "every row has a finite log-density"
	}
	return []Result{r}, nil
}

// scores are log-densities in the data's units. Rows that are outside of what the preprocessing takes are NaN, and counted.
func (s *subject) scores(x, cond rows64) (out []float64, outside int, err error) {
	out = make([]float64, x.Rows)
	for from := 0; from < x.Rows; from += piece {
		to := min(from+piece, x.Rows)
		err := s.score(x, cond, from, to, out)
		if isFar(err) { // which rows?
			err = nil
			for r := from; r < to && err == nil; r++ {
				if err = s.score(x, cond, r, r+1, out); isFar(err) {
					out[r], err = nan, nil
					outside++
				}
			}
		}
		if err != nil {
			return nil, 0, err
		}
	}
	return out, outside, nil
}

func isFar(err error) bool {
	_, far := errors.AsType[*data.TooFar](err)
	return far
}

func (s *subject) score(x, cond rows64, from, to int, out []float64) error {
	var c rows64
	if cond.Rows > 0 {
		c = cond.Slice(from, to)
	}
	return s.density.LogProb(s.ctx, x.Slice(from, to), c, out[from:to])
}

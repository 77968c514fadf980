package check

import (
	"fmt"
	"math"

	"diffeo/matrix"
)

// roundTrips asks whether T and T⁻¹ undo each other, from rows x and from draws u of the base: the error of a row is the largest over its
// columns of |there and back − itself|, relative to max(1, |itself|). Angles are compared on their circle.
func (s *subject) roundTrips() ([]Result, error) {
	z, c, err := s.points(s.o.RoundTrips)
	if err != nil {
		return nil, err
	}
	u, cu, err := s.basePoints(s.o.RoundTrips, streamBase)
	if err != nil {
		return nil, err
	}
	circles, err := s.baseCircles()
	if err != nil {
		return nil, err
	}
	var results []Result
	for _, side := range []struct {
		name        string
		start, cond rows64
		circle      []bool
		back        func(r runner, to rows64) error
	}{
		{RoundTripData, z, c, s.units.circle, func(r runner, to rows64) error { return s.thereAndBack(r.inverse, r.forward, z, c, to) }},
		{RoundTripBase, u, cu, circles, func(r runner, to rows64) error { return s.thereAndBack(r.forward, r.inverse, u, cu, to) }},
	} {
		to := matrix.New[float64](side.start.Rows, side.start.Cols)
		var errs [2][]float64
		for i, r := range []runner{s.own, s.exact} {
			if err := side.back(r, to); err != nil {
				return nil, err
			}
			errs[i] = distances(side.start, to, side.circle)
		}
		results = append(results, roundTripResult(side.name, s.model.Precision, errs[0], errs[1]))
	}
	return results, nil
}

func (s *subject) thereAndBack(there, back direction, x, c, to rows64) error {
	u, l := matrix.New[float64](x.Rows, x.Cols), make([]float64, x.Rows)
	if err := there(s.ctx, x, c, u, l); err != nil {
		return err
	}
	return back(s.ctx, u, c, to, l)
}

// baseCircles tells the columns of the base that are angles.
func (s *subject) baseCircles() ([]bool, error) {
	bound, err := s.model.Flow.Bind()
	if err != nil {
		return nil, err
	}
	circle := make([]bool, bound.Base.Event().Size())
	for j, in := range bound.Base.Support() {
		circle[j] = in.Low == -math.Pi && in.High == math.Pi
	}
	return circle, nil
}

// distances are the errors of rows that should be equal.
func distances(want, got rows64, circle []bool) []float64 {
	d := make([]float64, want.Rows)
	for r := range d {
		for j, w := range want.Row(r) {
			e := math.Abs(got.Row(r)[j] - w)
			if circle[j] {
				e = math.Abs(math.Remainder(e, 2*math.Pi))
			}
			e /= math.Max(1, math.Abs(w))
			if math.IsNaN(e) {
				e = math.Inf(1)
			}
			d[r] = math.Max(d[r], e)
		}
	}
	return d
}

// roundTripResult judges the errors in the model's precision and in float64.
func roundTripResult(name, precision string, own, exact []float64) Result {
	wrong := above(exact, exactRoundTrip)
	r := Result{Name: name, Verdict: Pass, Value: quantile(own, 0.99), Bound: roundedRoundTrip(precision), Unit: "relative", Count: len(own)}
	median, worst := quantile(own, 0.5), quantile(exact, 1)
	switch {
	case float64(wrong) > exactShare*float64(len(exact)):
		r.Verdict = Fail
		r.Text = fmt.Sprintf("%d of %d rows do not come back even in float64 (largest error %.2g, allowed %.0e): Forward and Inverse are not inverses; scores do not belong to draws",
			wrong, len(exact), worst, exactRoundTrip)
	case !(median <= uselessRoundTrip):
		r.Verdict = Fail
		r.Text = fmt.Sprintf("half of the rows come back off by %.2g or more in %s, not in float64: the map amplifies rounding until draws and scores do not belong together; fit again with fewer transforms or a smaller learning rate",
			median, precision)
	case wrong > 0:
		r.Verdict = Warn
		r.Text = fmt.Sprintf("%d of %d rows do not come back in float64 (largest error %.2g, allowed %.0e): the map is too steep there to invert; mistrust draws and scores far out",
			wrong, len(exact), worst, exactRoundTrip)
	case !(r.Value <= r.Bound):
		r.Verdict = Warn
		r.Text = fmt.Sprintf("some rows lose digits in %s, none in float64 (largest error there %.2g): the map is right, and steep there; largest error of all %.2g",
			precision, worst, quantile(own, 1))
	default:
		r.Text = fmt.Sprintf("the two directions undo each other (largest error %.2g, in float64 %.2g)", quantile(own, 1), worst)
	}
	return r
}

package check

import (
	"fmt"
	"math"

	"diffeo/matrix"
)

// maps asks whether T and T⁻¹ undo each other from pictures and from points of the base near them, and whether their log-determinants do. Errors of pixels are shares of the range of a pixel.
func (p *pictures) maps() ([]Result, error) {
	z, c, err := p.inRange(p.o.RoundTrips)
	if err != nil {
		return nil, err
	}
	u, cu, err := p.starts(p.o.RoundTrips)
	if err != nil {
		return nil, err
	}
	var results []Result
	var sums [2][]float64 // of log-determinants of both ways, in the model's precision and in float64
	for _, side := range []struct {
		name        string
		start, cond rows64
		pixels      bool
	}{{RoundTripData, z, c, true}, {RoundTripBase, u, cu, false}} {
		if side.start.Rows < enoughStarts {
			results = append(results, none(side.name, "only %d of %d points stand for pictures, with all numbers in the range of pixels or next to it", side.start.Rows, p.o.RoundTrips))
			continue
		}
		var errs [2][]float64
		for i, r := range []runner{p.own, p.exact} {
			there, back := r.forward, r.inverse
			if side.pixels {
				there, back = back, there
			}
			n := side.start.Rows
			between, to := matrix.New[float64](n, side.start.Cols), matrix.New[float64](n, side.start.Cols)
			first, second := make([]float64, n), make([]float64, n)
			if err := there(p.ctx, side.start, side.cond, between, first); err != nil {
				return nil, err
			}
			if err := back(p.ctx, between, side.cond, to, second); err != nil {
				return nil, err
			}
			if errs[i] = distances(side.start, to, make([]bool, side.start.Cols)); side.pixels {
				errs[i] = p.ofRange(side.start, to)
			}
			for k := range first {
				sums[i] = append(sums[i], math.Abs(first[k]+second[k]))
			}
		}
		worst := quantile(errs[0], 1)
		result := roundTripResult(side.name, p.model.Precision, errs[0], errs[1])
		if side.pixels {
			result.Unit = "of the range"
			result.Text += fmt.Sprintf("; the largest error is %.2g of a level of a pixel, of %d", worst*float64(p.model.Image.Levels), p.model.Image.Levels)
		}
		results = append(results, result)
	}
	if len(sums[0]) == 0 {
		return append(results, none(LogDetPair, "no points stand for pictures")), nil
	}
	return append(results, p.pair(sums[0], sums[1])), nil
}

// enoughStarts is the number of points of a round trip.
const enoughStarts = 5

// ofRange are the largest errors of pictures that should be equal, in parts of the range of a pixel.
func (p *pictures) ofRange(want, got rows64) []float64 {
	d := make([]float64, want.Rows)
	for r := range d {
		for j, w := range want.Row(r) {
			e := math.Abs(got.Row(r)[j]-w) / float64(p.model.Image.Levels)
			if math.IsNaN(e) {
				e = math.Inf(1)
			}
			d[r] = math.Max(d[r], e)
		}
	}
	return d
}

// pictureLogDet is the error of a log-determinant of so many numbers that does not matter: 1e-4 bits per dimension.
func pictureLogDet(numbers int) float64 {
	return math.Max(roundedLogDet, 1e-4*math.Ln2*float64(numbers))
}

// pair judges the sums of log-determinants there and back, which are 0 where both are right, or wrong alike.
func (p *pictures) pair(own, exact []float64) Result {
	numbers := len(p.model.Columns)
	allowed := exactLogDet * math.Max(1, float64(numbers)/64)
	wrong, worst := above(exact, allowed), quantile(exact, 1)
	r := Result{Name: LogDetPair, Verdict: Pass, Value: quantile(own, 0.99), Bound: pictureLogDet(numbers), Unit: "nats", Count: len(own)}
	switch {
	case float64(wrong) > exactShare*float64(len(exact)):
		r.Verdict = Fail
		r.Text = fmt.Sprintf("there and back the log-determinants of %d of %d pictures do not cancel even in float64 (largest sum %.2g): densities of draws and of pictures do not belong together", wrong, len(exact), worst)
	case !(r.Value <= r.Bound):
		r.Verdict = Warn
		r.Text = fmt.Sprintf("some log-determinants lose digits in %s (largest sum %.2g, in float64 %.2g): bits per dimension have fewer digits than they show", p.model.Precision, quantile(own, 1), worst)
	case wrong > 0:
		r.Verdict = Warn
		r.Text = fmt.Sprintf("there and back the log-determinants of %d of %d pictures do not cancel in float64 (largest sum %.2g): the map is too steep there", wrong, len(exact), worst)
	default:
		r.Text = fmt.Sprintf("there and back log-determinants cancel (largest sum %.2g, in float64 %.2g)", quantile(own, 1), worst)
	}
	return r
}

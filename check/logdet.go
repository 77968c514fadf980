package check

import (
	"context"
	"fmt"
	"math"

	"diffeo/matrix"
)

// direction is one direction of a flow's map.
type direction func(ctx context.Context, in, cond, out rows64, logDet []float64) error

// logDets compares the log-determinants of both directions with those of Jacobians by differences in float64: x→u at rows, u→x at draws of the
// base.
func (s *subject) logDets() ([]Result, error) {
	n := s.jacobians()
	z, c, err := s.points(n)
	if err != nil {
		return nil, err
	}
	u, cu, err := s.starts(n)
	if err != nil {
		return nil, err
	}
	inverse, err := s.logDet(LogDetInverse, s.own.inverse, s.exact.inverse, z, c)
	if err != nil {
		return nil, err
	}
	forward, err := s.logDet(LogDetForward, s.own.forward, s.exact.forward, u, cu)
	return []Result{inverse, forward}, err
}

// jacobians is the number of rows whose Jacobian is taken: beyond 64 columns fewer, since each takes some 16 evaluations a column, and an
// elimination.
func (s *subject) jacobians() int {
	const enough = 64
	return max(min(2, s.o.Jacobians), s.o.Jacobians*enough/max(enough, len(s.model.Columns)))
}

func (s *subject) logDet(name string, own, exact direction, x, c rows64) (Result, error) {
	out := matrix.New[float64](x.Rows, x.Cols)
	rounded, claimed := make([]float64, x.Rows), make([]float64, x.Rows)
	if err := own(s.ctx, x, c, out, rounded); err != nil {
		return Result{}, err
	}
	if err := exact(s.ctx, x, c, out, claimed); err != nil {
		return Result{}, err
	}
	j := judged{name: name, precision: s.model.Precision, rows: x.Rows}
	for r := range x.Rows {
		row, scale := x.Row(r), make([]float64, x.Cols)
		for i, v := range row {
			scale[i] = math.Max(1, math.Abs(v))
		}
		truth, err := logDetByDifferences(s.beside(exact, c, r), row, scale)
		if err != nil {
			return Result{}, err
		}
		j.add(claimed[r], rounded[r], truth)
	}
	return j.result(), nil
}

// beside is a map of many rows, all of them under the condition of one row.
func (s *subject) beside(f direction, c rows64, row int) rowMap {
	return func(in, out rows64) error {
		var given rows64
		if c.Rows > 0 {
			given = matrix.New[float64](in.Rows, c.Cols)
			for r := range in.Rows {
				copy(given.Row(r), c.Row(row))
			}
		}
		return f(s.ctx, in, given, out, make([]float64, in.Rows))
	}
}

// judged collects the errors of log-determinants, row by row.
type judged struct {
	name, precision string
	rows            int
	exact, own      []float64 // errors in nats, in float64 and in the model's precision
	wrong           int       // rows whose float64 log-determinant is not that of the Jacobian
	broken          int       // rows whose log-determinant is not finite
}

func (j *judged) add(claimed, rounded float64, truth logDet) {
	switch {
	case claimed-claimed != 0 || rounded-rounded != 0:
		j.broken++
	case truth.uncertain <= certainLogDet: // else, or NaN, the differences cannot tell
		e := math.Abs(claimed - truth.value)
		j.exact = append(j.exact, e)
		j.own = append(j.own, math.Abs(rounded-truth.value))
		if !(e <= exactLogDet+3*truth.uncertain) {
			j.wrong++
		}
	}
}

func (j *judged) result() Result {
	r := Result{Name: j.name, Verdict: Pass, Value: nan, Bound: roundedLogDet, Unit: "nats", Count: len(j.own)}
	if j.broken > 0 {
		r.Verdict = Fail
		r.Text = fmt.Sprintf("%d of %d rows have a log-determinant that is not finite: the map is broken there", j.broken, j.rows)
		return r
	}
	if 2*len(j.own) < j.rows || j.rows == 0 {
		return none(j.name, "only %d of %d rows have a Jacobian that differences can tell: kinks are too many, or the map too steep", len(j.own), j.rows)
	}
	median, worst := quantile(j.own, 0.5), quantile(j.exact, 1)
	r.Value = quantile(j.own, 1)
	switch {
	case j.wrong > 1 || j.wrong == len(j.exact):
		r.Verdict, r.Value, r.Bound = Fail, worst, exactLogDet
		r.Text = fmt.Sprintf("at %d of %d rows the log-determinant is not that of the map's Jacobian in float64: log-densities are wrong, whatever the fit looks like", j.wrong, len(j.exact))
	case !(median <= uselessLogDet):
		r.Verdict = Fail
		r.Text = fmt.Sprintf("half of the rows are off by %.2g nats or more in %s, not in float64: rounding decides about log-densities; fit again with fewer transforms or a smaller learning rate", median, j.precision)
	case j.wrong > 0:
		r.Verdict, r.Value, r.Bound = Warn, worst, exactLogDet
		r.Text = fmt.Sprintf("at one of %d rows the log-determinant is not that of the Jacobian in float64: check again with another --seed", len(j.exact))
	case !(r.Value <= r.Bound):
		r.Verdict = Warn
		r.Text = fmt.Sprintf("some rows lose digits in %s, none in float64 (largest error there %.2g): mistrust log-densities far out", j.precision, worst)
	default:
		r.Text = fmt.Sprintf("log-determinants are those of the map's Jacobian (in float64 off by %.2g at most)", worst)
	}
	return r
}

package check

import (
	"fmt"
	"math"
)

// preprocessing asks whether the density in the data's units is the flow's times the Jacobian of the preprocessing: at rows, the
// log-density in the data's units against the flow's own log-density of the preprocessed row plus log |det dz/dx| by differences.
func (s *subject) preprocessing() ([]Result, error) {
	if len(s.units.grid) > 0 {
		return []Result{none(Preprocessing, "dequantized columns have probabilities of cells, and no derivative: not asked")}, nil
	}
	const enough = 256
	z, c, err := s.points(enough)
	if err != nil {
		return nil, err
	}
	x, logDet, exact, err := s.units.decode(z)
	if err != nil {
		return nil, err
	}
	// The context of points is the table's, in the flow's units; densities take it in the data's.
	cond, err := s.units.decodeContext(c)
	if err != nil {
		return nil, err
	}
	claimed, _, err := s.scores(x, cond)
	if err != nil {
		return nil, err
	}
	// The flow sees x as the model encodes it, not z, which x need not give back to the last bit.
	again, err := encode(s.units.columns, x, nil)
	if err != nil {
		return nil, err
	}
	if c, err = encode(s.units.context, cond, nil); err != nil {
		return nil, err
	}
	inner := make([]float64, x.Rows)
	if err := s.own.logProb(s.ctx, again, c, inner); err != nil {
		return nil, err
	}
	var errs []float64
	for r := range x.Rows {
		if exact[r] && logDet[r]-logDet[r] == 0 && inner[r]-inner[r] == 0 {
			errs = append(errs, math.Abs(claimed[r]-(inner[r]-logDet[r])))
		}
	}
	if 2*len(errs) < x.Rows {
		return []Result{none(Preprocessing, "only %d of %d rows have a finite density, and an x of their own", len(errs), x.Rows)}, nil
	}
	r := Result{Name: Preprocessing, Verdict: Pass, Value: quantile(errs, 1), Bound: preprocessingError * float64(x.Cols), Unit: "nats", Count: len(errs)}
	r.Text = "log-densities are in the data's own units: the Jacobian of the preprocessing is in them"
	if !(r.Value <= r.Bound) {
		r.Verdict = Fail
		r.Text = fmt.Sprintf("log-densities in the data's units are not the flow's plus the log-determinant of the preprocessing (half of the rows are off by %.2g or more)", quantile(errs, 0.5))
	}
	return []Result{r}, nil
}

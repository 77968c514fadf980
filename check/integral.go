package check

import (
	"fmt"
	"math"
)

// mostIntegrated is the largest number of columns whose density is integrated: beyond it points that know nothing of the density miss it.
const mostIntegrated = 6

// total is an integral of a density.
type total struct {
	value, uncertain float64 // uncertain: the change of the last refinement, or one standard error
	points           int
	sampled          bool
	ess, share       float64 // of a sampled one: effective points, and the share of the heaviest
}

// told says whether a total can be believed.
func (t total) told() bool {
	if t.sampled {
		return t.ess >= enoughESS && t.share <= largestShare
	}
	return t.uncertain <= quadratureChange
}

// integrand is the density in the data's units as a function on the flow's: p(x(z))·|det dx/dz|, by differences of the preprocessing. With
// dequantized columns, which have no such derivative, it is the flow's own density.
type integrand func(z rows64) (logDensity []float64, err error)

// integral asks whether the density integrates to 1: by quadrature in one and two columns, else, or where that does not settle, by importance
// sampling. A model with context is asked under a few of the table's rows of it, and the worst answer counts.
func (s *subject) integral() ([]Result, error) {
	d := len(s.model.Columns)
	if d > mostIntegrated {
		return []Result{none(Integral, "not taken in %d columns: more than %d are too many for points that know nothing of the density", d, mostIntegrated)}, nil
	}
	conditions := []int{-1}
	if s.c.Rows > 0 {
		conditions = s.random.Perm(s.c.Rows)[:min(s.o.Conditions, s.c.Rows)]
	}
	var worst Result
	for i, row := range conditions {
		r, err := s.integralUnder(row)
		if err != nil {
			return nil, err
		}
		if i == 0 || graver(r, worst) {
			worst = r
		}
	}
	return []Result{worst}, nil
}

// graver tells whether a is the answer to report: a complaint first, then what could not be told, then the greater deviation.
func graver(a, b Result) bool {
	rank := map[Verdict]int{Pass: 0, Inconclusive: 1, Warn: 2, Fail: 3}
	if a.Verdict != b.Verdict {
		return rank[a.Verdict] > rank[b.Verdict]
	}
	return math.Abs(a.Value-1) > math.Abs(b.Value-1)
}

// integralUnder is the integral given one of the table's rows of context; −1: there is none.
func (s *subject) integralUnder(row int) (Result, error) {
	d := len(s.model.Columns)
	var given rows64 // of one row, in the flow's units
	if row >= 0 {
		given = s.c.Slice(row, row+1)
	}
	f, err := s.integrand(given)
	if err != nil {
		return Result{}, err
	}
	pool, err := s.pool(given)
	if err != nil {
		return Result{}, err
	}
	if pool.Rows < 2*(d+1) {
		return none(Integral, "the model's draws are not finite: there is no telling where its density is"), nil
	}
	var t total
	if d <= 2 {
		if t, err = quadrature(s.ctx, f, pool, s.units.circle); err != nil {
			return Result{}, err
		}
	}
	if d > 2 || !t.told() {
		if t, err = sampledIntegral(s.ctx, f, pool, s.o.Draws, s.o.Seed); err != nil {
			return Result{}, err
		}
	}
	return t.result(len(s.units.grid) > 0), nil
}

func (t total) result(flowUnits bool) Result {
	r := Result{Name: Integral, Verdict: Pass, Value: t.value, Count: t.points}
	off, sigma := math.Abs(t.value-1), 0.
	how := fmt.Sprintf("%.5f, by quadrature that settled to %.0e", t.value, t.uncertain)
	r.Bound = integralError + 2*t.uncertain
	failBound := r.Bound
	if t.sampled {
		how = fmt.Sprintf("%.4f ± %.4f, by importance sampling with %.0f effective of %d points", t.value, t.uncertain, t.ess, t.points)
		r.Bound, failBound = integralError+warnSigma*t.uncertain, integralError+failSigma*t.uncertain
		sigma = off / t.uncertain
		how += fmt.Sprintf(", z = %.1f", sigma)
	}
	if flowUnits {
		how += "; of the flow's density, before dequantization"
	}
	switch {
	case t.sampled && t.told() && off <= failBound && t.uncertain > certainIntegral:
		r.Verdict, r.Text = Inconclusive, fmt.Sprintf("the points missed too much of the density to tell an error of 5 %% (%s): give more --draws", how)
	case !t.told():
		r.Verdict, r.Bound = Inconclusive, nan
		r.Text = fmt.Sprintf("the points missed too much of the density to tell (%s; the heaviest point has %.0f %%)", how, 100*t.share)
	case !(off <= failBound):
		r.Verdict, r.Text = Fail, fmt.Sprintf("the density does not integrate to 1 (%s): log-densities are not comparable with those of other models", how)
	case !(off <= r.Bound):
		r.Verdict, r.Text = Warn, fmt.Sprintf("the density hardly integrates to 1 (%s): check again with another --seed", how)
	default:
		r.Text = "the density integrates to 1 (" + how + ")"
	}
	return r
}

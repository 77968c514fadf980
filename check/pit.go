package check

import (
	"fmt"
	"math"

	"diffeo/matrix"
)

// pit asks whether the rows of the table look like draws of the model: whether their base coordinates u = T⁻¹(x) are distributed as the
// base says. Of every coordinate the probability integral transform F(u) is compared with the uniform distribution (Kolmogorov–Smirnov), and
// so is the base's log-density of the whole u with that of draws, which sees dependence between coordinates. All tests share one
// level (Bonferroni).
func (s *subject) pit() ([]Result, error) {
	n := s.z.Rows
	if n < enoughRows {
		return []Result{none(PIT, "asked of %d rows or more of a table that was not trained on, here are %d", enoughRows, n)}, nil
	}
	u, l := matrix.New[float64](n, s.z.Cols), make([]float64, n)
	if err := s.own.inverse(s.ctx, s.z, s.c, u, l); err != nil {
		return nil, err
	}
	draws := max(1<<16, min(n, 1<<18))
	base, cond, err := s.basePoints(draws, streamPIT)
	if err != nil {
		return nil, err
	}
	// As many rows as would be as certain as two samples are.
	pair := float64(n) * float64(draws) / float64(n+draws)
	cdf, tests := distributionOf(s.model.Flow.Base, "base", s.model.Params), float64(u.Cols+1)
	var worst struct {
		what     string
		d, n, p  float64
		off, big int
	}
	worst.p = math.Inf(1)
	look := func(what string, d, n float64) {
		p := math.Min(1, tests*kolmogorov(d, n))
		if p < pitLevel {
			worst.off++
			if d > largeDistance {
				worst.big++
			}
		}
		if d > worst.d || worst.what == "" {
			worst.what, worst.d, worst.n, worst.p = what, d, n, p
		}
	}
	for j := range u.Cols {
		x := columnOf(u, j)
		if cdf == nil {
			look(fmt.Sprintf("coordinate %d", j+1), distanceOfSamples(x, columnOf(base, j)), pair)
			continue
		}
		for i, v := range x {
			if x[i] = cdf(j, v); math.IsNaN(v) {
				x[i] = 0 // a row that has no u is off
			}
		}
		look(fmt.Sprintf("coordinate %d", j+1), distanceFromUniform(x), float64(n))
	}
	have, want := make([]float64, n), make([]float64, draws)
	if err := s.own.baseLogProb(s.ctx, u, s.c, have); err != nil {
		return nil, err
	}
	if err := s.own.baseLogProb(s.ctx, base, cond, want); err != nil {
		return nil, err
	}
	look("the base's log-density", distanceOfSamples(have, want), pair)

	r := Result{Name: PIT, Verdict: Pass, Value: worst.d, Bound: math.Max(smallDistance, critical(pitLevel/tests, worst.n)), Count: n}
	found := fmt.Sprintf("largest distance in %s, probability by chance %.2g for %d tests together", worst.what, worst.p, int(tests))
	switch {
	case worst.big > 0:
		r.Verdict, r.Text = Fail, fmt.Sprintf("the rows are not draws of this model: %d of %d tests are off by more than %g (%s); fit longer or another recipe, or see whether the table is of the same kind", worst.big, int(tests), largeDistance, found)
	case worst.off > 0 && worst.d > smallDistance:
		r.Verdict, r.Text = Warn, fmt.Sprintf("the rows can be told from draws of the model in %d of %d tests (%s): it fits less than perfectly; a larger one or longer training may help", worst.off, int(tests), found)
	case worst.off > 0:
		r.Text = fmt.Sprintf("the rows can be told from draws of the model, by less than matters (%s)", found)
	default:
		r.Text = fmt.Sprintf("the rows cannot be told from draws of the model by their base coordinates (%s)", found)
	}
	return []Result{r}, nil
}

// columnOf copies a column.
func columnOf(m rows64, j int) []float64 {
	x := make([]float64, m.Rows)
	for r := range x {
		x[r] = m.Row(r)[j]
	}
	return x
}

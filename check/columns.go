package check

import (
	"fmt"
	"math"

	"diffeo"
	"diffeo/matrix"
)

// pooled are draws from the model for the table as a whole: without context pooledDraws, with one as many under each row's condition as make about that number.
func (s *subject) pooled() (rows64, error) {
	if s.c.Rows == 0 {
		return s.drawn(pooledDraws(s.z.Rows))
	}
	if s.draws.Rows > 0 {
		return s.draws, nil
	}
	n := s.c.Rows
	each := (pooledDraws(n) + n - 1) / n
	rows := make([]int, n*each)
	for i := range rows {
		rows[i] = i % n
	}
	s.draws = matrix.New[float64](len(rows), s.z.Cols)
	err := s.own.draw(s.ctx, diffeo.Draw{Seed: s.seed(streamRanks)}, pick(s.c, rows), s.draws)
	return s.draws, err
}

// ranksAndCoverage ask whether the ranks of rows among draws are uniform: column by column, and for regions of highest density.
func (s *subject) ranksAndCoverage() ([]Result, error) {
	if s.z.Rows < enoughRows {
		asked := func(name string) Result {
			return none(name, "asked of %d rows or more of a table that was not trained on, here are %d", enoughRows, s.z.Rows)
		}
		return []Result{asked(RankHistograms), asked(Coverage)}, nil
	}
	r, err := s.ranked()
	if err != nil {
		return nil, err
	}
	worst := Uniformity{Distance: -1}
	for j, u := range r.Columns {
		own := uniformity(s.model.Columns[j].Name, append([]float64(nil), u...), len(r.Columns)*sharing, rankWords)
		if verdictWorse(own.Verdict, worst.Verdict) || own.Verdict == worst.Verdict && own.Distance > worst.Distance {
			worst = own
		}
	}
	regions := uniformity("", append([]float64(nil), r.Regions...), sharing, densityWords)
	return []Result{
		uniformResult(RankHistograms, worst, len(r.Regions), len(r.Columns), worst.Name+": "),
		uniformResult(Coverage, regions, len(r.Regions), 1, ""),
	}, nil
}

// verdictWorse tells whether a verdict is worse than another; "" is no verdict yet.
func verdictWorse(a, b Verdict) bool {
	order := map[Verdict]int{"": 0, Inconclusive: 1, Pass: 2, Warn: 3, Fail: 4}
	return order[a] > order[b]
}

func uniformResult(name string, u Uniformity, n, tests int, where string) Result {
	r := Result{Name: name, Verdict: u.Verdict, Value: u.Distance, Count: n, Text: where + u.Text}
	r.Bound = math.Max(smallDistance, critical(sharedLevel/float64(tests), float64(n)))
	if u.Verdict == Pass && where != "" && u.P >= pitLevel {
		r.Text = "in every column rows have all ranks among draws alike: " + u.Text
	}
	return r
}

// columns compares every column of the table with that of draws, by itself (Kolmogorov–Smirnov).
func (s *subject) columns() ([]Result, error) {
	n := s.z.Rows
	if n < enoughRows {
		return []Result{none(Columns, "asked of %d rows or more of a table that was not trained on, here are %d", enoughRows, n)}, nil
	}
	draws, err := s.pooled()
	if err != nil {
		return nil, err
	}
	pair := float64(n) * float64(draws.Rows) / float64(n+draws.Rows)
	tests := float64(s.z.Cols * sharing)
	worst, d := "", -1.0
	for j := range s.z.Cols {
		if own := distanceOfSamples(columnOf(s.z, j), columnOf(draws, j)); own > d {
			worst, d = s.model.Columns[j].Name, own
		}
	}
	p := math.Min(1, tests*kolmogorov(d, pair))
	r := Result{Name: Columns, Verdict: Pass, Value: d, Bound: math.Max(smallDistance, critical(pitLevel/tests, pair)), Count: n}
	found := fmt.Sprintf("largest distance in %s, probability by chance %.2g for all tests together", worst, p)
	switch {
	case p >= pitLevel:
		r.Text = "every column by itself is distributed as draws are (" + found + ")"
	case d > largeDistance:
		r.Verdict, r.Text = Fail, "a column is not distributed as draws are ("+found+"): fit longer or another recipe, or see whether the table is of the same kind"
	case d > smallDistance:
		r.Verdict, r.Text = Warn, "a column is distributed a little differently from draws ("+found+")"
	default:
		r.Text = "a column differs from draws by less than matters (" + found + ")"
	}
	return []Result{r}, nil
}

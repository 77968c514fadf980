package check

import (
	"fmt"
	"math"

	"diffeo/matrix"
)

// Pairs of rows and draws that a classifier is trained and tried on at most, and the parts of its cross-validation.
const (
	mostPairs = 2000
	folds     = 5
)

// c2st asks whether a classifier that was trained to tell rows of the table from draws of the model does so on pairs that it was not trained on (a classifier
// two-sample test, Lopez-Paz and Oquab, arXiv 1610.06545). Every pair is a row and a draw under its condition. If the model is right the two can be exchanged, so
// that a pair of which the classifier gets both right is as likely as one of which it gets both wrong: their numbers are compared as throws of a coin.
func (s *subject) c2st() ([]Result, error) {
	if s.z.Rows < 4*enoughRows {
		return []Result{none(C2ST, "asked of %d rows or more of a table that was not trained on, here are %d", 4*enoughRows, s.z.Rows)}, nil
	}
	t, err := s.twins(mostPairs, streamClassifier)
	if err != nil {
		return nil, err
	}
	n := t.truth.Rows
	right, both, neither := 0, 0, 0
	for fold := range folds {
		from, to := fold*n/folds, (fold+1)*n/folds
		k := to - from
		asked := matrix.New[float64](2*k, t.truth.Cols)
		copyInto(asked, 0, t.truth.Slice(from, to))
		copyInto(asked, k, t.drawn.Slice(from, to))
		l, err := logits(s.ctx, without(t.truth, from, to), without(t.drawn, from, to), asked, s.o.Seed+uint64(fold), s.o.Threads)
		if err != nil {
			return nil, fmt.Errorf("the classifier of %s: %w", C2ST, err)
		}
		for i := range k {
			hits := 0
			if l[i] > 0 {
				hits++
			}
			if l[k+i] <= 0 {
				hits++
			}
			right += hits
			switch hits {
			case 2:
				both++
			case 0:
				neither++
			}
		}
	}
	accuracy := float64(right) / float64(2*n)
	p := sameChance(both, both+neither)
	r := Result{Name: C2ST, Verdict: Pass, Value: accuracy, Count: n}
	// What chance exceeds at the level, if as many pairs are told one way or the other.
	m := both + neither
	r.Bound = math.Max(0.5+smallAccuracy, 0.5+normalAbove(sharedLevel)*math.Sqrt(float64(m))/2/float64(n))
	found := fmt.Sprintf("a classifier tells %.3g %% of them right, probability by chance %.2g", 100*accuracy, p)
	switch {
	case p >= sharedLevel:
		r.Text = "rows and draws cannot be told from each other (" + found + ")"
	case accuracy > largeAccuracy:
		r.Verdict, r.Text = Fail, fmt.Sprintf("rows and draws can be told from each other (%s): their distributions differ by a probability of %.2g or more", found, 2*accuracy-1)
	case accuracy > 0.5+smallAccuracy:
		r.Verdict, r.Text = Warn, "rows and draws can be told from each other sometimes ("+found+"): it fits less than perfectly; a larger model or longer training may help"
	default:
		r.Text = "rows and draws can be told from each other, by less than matters (" + found + ")"
	}
	return []Result{r}, nil
}

// copyInto copies rows to a place.
func copyInto(to rows64, at int, from rows64) {
	for r := range from.Rows {
		copy(to.Row(at+r), from.Row(r))
	}
}

// without copies the rows that are not between two.
func without(m rows64, from, to int) rows64 {
	out := matrix.New[float64](m.Rows-(to-from), m.Cols)
	copyInto(out, 0, m.Slice(0, from))
	copyInto(out, from, m.Slice(to, m.Rows))
	return out
}

// normalAbove is the number that a standard normal one exceeds with a probability.
func normalAbove(p float64) float64 { return math.Sqrt2 * math.Erfinv(1-2*p) }

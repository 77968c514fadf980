package check

import (
	"fmt"
	"math"
	"slices"

	"diffeo/data"
	"diffeo/matrix"
)

// Tail is how many rows of a table lie beyond a quantile of the model's draws.
type Tail struct {
	Column   string
	Share    float64 // of draws below the quantile: 0.001, 0.01, 0.99 or 0.999
	Quantile float64 // in the data's units
	Rows     int     // that lie beyond it: below for small shares, above for large ones
	Expected float64 // rows that would
	P        float64 // by chance, of so many or more, or so few or fewer, twice the smaller; for this tail alone
}

// Ratio is how many times as many rows there are as would be expected.
func (t Tail) Ratio() float64 { return float64(t.Rows) / t.Expected }

// off is by how many times there are too many rows, or too few.
func (t Tail) off() float64 { return math.Max(t.Ratio(), 1/t.Ratio()) }

var tailShares = []float64{0.001, 0.01, 0.99, 0.999}

// tails counts in every column the rows beyond the model's quantiles. Of n rows and N draws of one distribution, the number of rows below the r-th draw from below
// is negatively hypergeometric, whatever the distribution is.
func (s *subject) tails() ([]Result, error) {
	n := s.z.Rows
	if n < enoughRows {
		return []Result{none(Tails, "asked of %d rows or more of a table that was not trained on, here are %d", enoughRows, n)}, nil
	}
	draws, err := s.pooled()
	if err != nil {
		return nil, err
	}
	list := make([]Tail, 0, len(tailShares)*s.z.Cols)
	at := matrix.New[float64](len(tailShares), s.z.Cols)
	for j := range s.z.Cols {
		x, d := columnOf(s.z, j), columnOf(draws, j)
		slices.Sort(x)
		slices.Sort(d)
		for i, share := range tailShares {
			r := max(1, int(math.Round(math.Min(share, 1-share)*float64(len(d)+1)))) // draws beyond, the quantile among them
			t := Tail{Column: s.model.Columns[j].Name, Share: share, Expected: float64(n) * float64(r) / float64(len(d)+1)}
			if share < 0.5 {
				at.Row(i)[j] = d[r-1]
				t.Rows, _ = slices.BinarySearch(x, d[r-1])
			} else {
				at.Row(i)[j] = d[len(d)-r]
				below, _ := slices.BinarySearchFunc(x, d[len(d)-r], func(v, q float64) int {
					if v <= q {
						return -1
					}
					return 1
				})
				t.Rows = n - below
			}
			t.P = beyondChance(t.Rows, r, n, len(d))
			list = append(list, t)
		}
	}
	if err := s.tailUnits(list, at); err != nil {
		return nil, err
	}
	s.tailList = list
	return []Result{tailResult(list, n)}, nil
}

// tailUnits brings the quantiles to the data's units.
func (s *subject) tailUnits(list []Tail, z rows64) error {
	x := matrix.New[float64](z.Rows, z.Cols)
	if err := data.Restore(s.units.columns, z, x); err != nil {
		return err
	}
	for k := range list {
		list[k].Quantile = x.Row(k % len(tailShares))[k/len(tailShares)]
	}
	return nil
}

func tailResult(list []Tail, n int) Result {
	// The largest of those that are significant, or else the most significant.
	chance := func(t Tail) float64 { return math.Min(1, t.P*float64(len(list)*sharing)) }
	worst := list[0]
	for _, t := range list {
		both := chance(t) < pitLevel && chance(worst) < pitLevel
		if both && t.off() > worst.off() || !both && t.P < worst.P {
			worst = t
		}
	}
	p := chance(worst)
	r := Result{Name: Tails, Verdict: Pass, Value: worst.Ratio(), Bound: nan, Unit: "times", Count: n}
	side, percent := "above", 100*(1-worst.Share)
	if worst.Share < 0.5 {
		side, percent = "below", 100*worst.Share
	}
	found := fmt.Sprintf("%s %.4g of %s, where the model has %.3g %%, are %d of %d rows, expected %.3g; probability by chance %.2g for all tails together",
		side, worst.Quantile, worst.Column, percent, worst.Rows, n, worst.Expected, p)
	thin := "the model's tail is too thin"
	if worst.Ratio() < 1 {
		thin = "the model's tail is too heavy"
	}
	switch {
	case p >= pitLevel:
		r.Text = "beyond 0.1, 1, 99 and 99.9 % of draws lie as many rows as should (" + found + ")"
	case worst.off() > largeTail:
		r.Verdict, r.Text = Fail, thin+": "+found
	default:
		r.Verdict, r.Text = Warn, thin+", a little: "+found
	}
	return r
}

// beyondChance is the two-sided probability of k of n rows beyond the r-th of N draws, P(K = k) = C(k + r − 1, k)·C(N − r + n − k, n − k)/C(N + n, n).
func beyondChance(k, r, n, draws int) float64 {
	lg := func(x int) float64 { v, _ := math.Lgamma(float64(x + 1)); return v }
	choose := func(a, b int) float64 { return lg(a) - lg(b) - lg(a-b) }
	below, own := 0.0, 0.0
	for i := 0; i <= k; i++ {
		own = math.Exp(choose(i+r-1, i) + choose(draws-r+n-i, n-i) - choose(draws+n, n))
		below += own
	}
	return math.Min(1, 2*math.Min(below, math.Max(0, 1-below)+own))
}

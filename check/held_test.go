package check

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"diffeo/matrix"
	"diffeo/model"
)

// distributional makes the checks alone that ask whether rows are draws of the model: RankHistograms, Coverage, Columns, Tails, Energy and C2ST.
func distributional(t testing.TB, m *model.Model, rows Rows, seed uint64) []Result {
	t.Helper()
	o, err := Options{Seed: seed, Threads: 1}.filled()
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSubject(t.Context(), m, rows, o)
	if err != nil {
		t.Fatal(err)
	}
	var all []Result
	for _, ask := range []func() ([]Result, error){s.ranksAndCoverage, s.columns, s.tails, s.energy, s.c2st} {
		r, err := ask()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r...)
	}
	return all
}

// Rows of the model itself pass; each way of being wrong fails where it should be seen.
func TestWrongRowsAreTold(t *testing.T) {
	const n = 1500
	for _, c := range []struct {
		name    string
		context int
		change  func(rng *rand.Rand, x matrix.Matrix[float64])
		fail    []string // of those that ask about rows; the others may say what they like
		warn    []string // or fail
	}{
		{name: "right"},
		{name: "right, with a context", context: 1},
		{"shifted", 0, shifted,
			[]string{RankHistograms, Columns, Energy}, []string{C2ST}},
		{"shifted, with a context", 1, shifted,
			[]string{RankHistograms, Columns, Energy}, []string{C2ST}},
		{"twice as wide", 0, func(_ *rand.Rand, x matrix.Matrix[float64]) {
			m, _ := middle(x)
			rowsOf(x, func(r []float64) { r[0] = m + 2*(r[0]-m) })
		},
			[]string{RankHistograms, Columns, Tails, Coverage}, []string{C2ST, Energy}},
		{"a heavy tail", 0, func(rng *rand.Rand, x matrix.Matrix[float64]) {
			_, wide := middle(x)
			rowsOf(x, func(r []float64) {
				if rng.Float64() < 0.015 {
					r[0] += (500 + rng.Float64()) * wide
				}
			})
		}, []string{Tails}, nil},
		{"columns that do not know each other", 0, func(rng *rand.Rand, x matrix.Matrix[float64]) {
			order := rng.Perm(x.Rows)
			old := columnOf(x, 1)
			for r := range x.Rows {
				x.Row(r)[1] = old[order[r]]
			}
		}, nil, []string{C2ST}},
	} {
		if testing.Short() && c.context == 0 && c.change != nil { // with the race detector seven seconds each
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			m := dependent(t, c.context)
			rows := drawn(t, m, n, 11)
			if c.change != nil {
				c.change(rand.New(rand.NewPCG(3, 4)), rows.X)
			}
			got := map[string]Result{}
			for _, r := range distributional(t, m, rows, 5) {
				got[r.Name] = r
				if c.change == nil && r.Verdict != Pass {
					t.Errorf("%s: %s (%.4g, bound %.4g): %s", r.Name, r.Verdict, r.Value, r.Bound, r.Text)
				}
			}
			for _, name := range c.fail {
				if r := got[name]; r.Verdict != Fail {
					t.Errorf("%s: %s (%.4g, bound %.4g): %s", name, r.Verdict, r.Value, r.Bound, r.Text)
				}
			}
			for _, name := range c.warn {
				if r := got[name]; r.Verdict != Fail && r.Verdict != Warn {
					t.Errorf("%s: %s (%.4g, bound %.4g): %s", name, r.Verdict, r.Value, r.Bound, r.Text)
				}
			}
		})
	}
}

func shifted(_ *rand.Rand, x matrix.Matrix[float64]) {
	_, wide := middle(x)
	rowsOf(x, func(r []float64) { r[0] += wide })
}

// middle is the median of the first column, and its quartiles' distance as a normal's deviation.
func middle(x matrix.Matrix[float64]) (median, deviation float64) {
	c := columnOf(x, 0)
	return quantile(c, 0.5), (quantile(c, 0.75) - quantile(c, 0.25)) / 1.349
}

func rowsOf(x matrix.Matrix[float64], f func(row []float64)) {
	for r := range x.Rows {
		f(x.Row(r))
	}
}

// dependent is a model of two columns that depend on each other, and on a context if there is one.
func dependent(t testing.TB, context int) *model.Model {
	t.Helper()
	m := example(t, "maf", 2, context, model.Float32)
	rng := rand.New(rand.NewPCG(7, 8))
	for _, s := range m.Params.Specs() {
		d := m.Params.Data(s.Name)
		for i := range d {
			d[i] = float64(float32(d[i] + 0.3*rng.NormFloat64()))
		}
	}
	return m
}

// falseAlarms is the environment variable with the number of tables for TestFalseAlarms; the figures in docs/check.md are from 400.
const falseAlarms = "DIFFEO_FALSE_ALARMS"

// A right model is called off by the checks of a table's distribution together at most once in a hundred tables, whatever they see of each other.
func TestFalseAlarms(t *testing.T) {
	tables := 4
	if n, err := strconv.Atoi(os.Getenv(falseAlarms)); err == nil {
		tables = n
	} else if testing.Short() {
		t.Skip("some seconds")
	}
	for context := range 2 {
		m := dependent(t, context)
		alarms, any := map[string]int{}, 0
		for k := range tables {
			off := false
			for _, r := range distributional(t, m, drawn(t, m, 500, uint64(1000+k)), uint64(k)) {
				if r.Verdict == Warn || r.Verdict == Fail {
					alarms[r.Name]++
					off = true
				}
			}
			if off {
				any++
			}
		}
		t.Logf("context %d, %d tables of 500 rows: %d with an alarm, %v", context, tables, any, fmt.Sprint(alarms))
		// Four standard errors above the stated rate, and one table at the least.
		if most := pitLevel*float64(tables) + math.Max(1, 4*math.Sqrt(pitLevel*float64(tables))); float64(any) > most {
			t.Errorf("%d of %d tables of a right model with an alarm, at most %.3g are stated", any, tables, most)
		}
	}
}

// The chance of tails adds up to 1, and is that of counting.
func TestTailChances(t *testing.T) {
	const n, draws, r = 30, 200, 4
	rng := rand.New(rand.NewPCG(5, 6))
	counts := map[int]int{}
	const runs = 20000
	for range runs {
		// The r-th of the smallest draws in a random order of all.
		seen, k := 0, 0
		left, rows := draws, n
		for seen < r {
			if rng.IntN(left+rows) < left {
				seen++
				left--
			} else {
				k++
				rows--
			}
		}
		counts[k]++
	}
	for _, k := range []int{0, 2, 5} {
		low, high := 0, 0
		for j, c := range counts {
			if j <= k {
				low += c
			}
			if j >= k {
				high += c
			}
		}
		want := math.Min(1, 2*float64(min(low, high))/runs)
		near(t, fmt.Sprint("the chance of ", k), beyondChance(k, r, n, draws), want, 6*math.Sqrt(want/runs)+1e-3)
	}
	near(t, "20 heads of 30", sameChance(20, 30), 0.0493685733, 1e-8)
	near(t, "no throws", sameChance(0, 0), 1, 0)
}

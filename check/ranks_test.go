package check

import (
	"slices"
	"testing"

	"diffeo/model"
)

// Rows of the model itself have uniform ranks, in every column and in regions, with a context and without; rows that lie higher do not.
func TestRanksOfDrawsAreUniform(t *testing.T) {
	for _, context := range []int{0, 1} {
		m := example(t, "nsf-ar", 3, context, model.Float32)
		rows := drawn(t, m, 1200, 5)
		r, err := RanksOf(t.Context(), m, rows, Options{Threads: 2})
		must(t, err)
		if len(r.Columns) != 3 || len(r.Regions) != 1200 || len(r.Columns[2]) != 1200 || r.Draws < 99 {
			t.Fatalf("%d columns, %d regions, %d draws", len(r.Columns), len(r.Regions), r.Draws)
		}
		for j, list := range append(slices.Clone(r.Columns), r.Regions) {
			if d := distanceFromUniform(slices.Clone(list)); d > critical(1e-4, 1200) {
				t.Errorf("context %d: list %d is off by %g", context, j, d)
			}
		}
		for i := range rows.X.Rows {
			rows.X.Row(i)[1] += 0.3 * columns(2)[1].Std
		}
		if r, err = RanksOf(t.Context(), m, rows, Options{Threads: 2}); err != nil {
			t.Fatal(err)
		}
		if d := distanceFromUniform(r.Columns[1]); d < 0.08 {
			t.Errorf("context %d: rows that moved are off by %g", context, d)
		}
	}
}

// Of many rows with a context some are chosen; of numbers that repeat, ranks lie between their neighbours.
func TestRanksAreChosenAndSplitTies(t *testing.T) {
	m := example(t, "maf", 2, 1, model.Float32)
	r, err := RanksOf(t.Context(), m, drawn(t, m, mostRanked+500, 6), Options{Threads: 2})
	must(t, err)
	if len(r.Regions) != mostRanked {
		t.Errorf("%d rows", len(r.Regions))
	}
	same := make([]float64, 1000)
	s := subject{o: Options{}}
	got := ranksAmong(same, []float64{-1, 0, 0, 0, 1}, s.stream())
	slices.Sort(got)
	if got[0] < 1.0/6 || got[999] > 5.0/6 || got[500] < 0.4 || got[500] > 0.6 {
		t.Errorf("ranks from %g to %g, in the middle %g", got[0], got[999], got[500])
	}
}

package train

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// mean is that of validation rows with these log-densities.
func mean(t *testing.T, rows, weights []float64) (float64, int) {
	t.Helper()
	tr := &trainer[float64]{validation: rows, validationWeights: weights}
	m, floored := tr.bounded()
	return m, floored
}

// Without a far row the mean is the plain one, bit for bit; one row, however bad, takes at most max(100, n/2)/n below the median's share; raising a row
// never lowers the mean.
func TestOneRowCannotDecide(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rows := rapid.SliceOfN(rapid.Float64Range(-40, 40), 3, 400).Draw(rt, "log p")
		n := float64(len(rows))
		plain := sum(rows) / n
		if m, floored := mean(t, rows, nil); m != plain || floored != 0 {
			rt.Fatalf("mean %v of rows that are not far apart, %d at the floor; want %v", m, floored, plain)
		}
		bad := rapid.SampledFrom([]float64{-1e8, -1e300, math.Inf(-1), math.NaN(), math.Inf(1)}).Draw(rt, "bad")
		spoilt := slices.Clone(rows)
		spoilt[rapid.IntRange(0, len(rows)-1).Draw(rt, "at")] = bad
		m, floored := mean(t, spoilt, nil)
		if lost := plain - m; floored != 1 || lost > (max(deep, pull*n)+80)/n || lost < (max(deep, pull*n)-80)/n {
			rt.Fatalf("a row with log p = %v changes the mean by %v, %d at the floor", bad, lost, floored)
		}
		ones := make([]float64, len(rows))
		for i := range ones {
			ones[i] = 1
		}
		if w, _ := mean(t, spoilt, ones); w != m {
			rt.Fatalf("equal weights give %v, none %v", w, m)
		}
	})
}

// The floor lies below the median, not below the mean or the best row.
func TestFloorIsBelowTheMedian(t *testing.T) {
	if m, floored := mean(t, []float64{-1e9, 0, 0, 50, 50, 0, -99}, nil); math.Abs(m-(-100+100-99)/7.0) > 1e-12 || floored != 1 {
		t.Errorf("mean %v, %d at the floor", m, floored)
	}
}

func TestHalfOfTheRowsHaveNoDensity(t *testing.T) {
	inf := math.Inf(-1)
	if m, _ := mean(t, []float64{inf, inf, 1, inf}, nil); !math.IsNaN(m) {
		t.Errorf("mean %v", m)
	}
	if m, floored := mean(t, []float64{inf, 1, 2, 3, 7}, []float64{0, 1, 1, 1, 0}); m != 2 || floored != 0 {
		t.Errorf("rows of weight 0 count: %v, %d", m, floored)
	}
}

// A validation row that no flow can fit neither ends the training nor chooses the weights: the other rows do.
func TestOutlierDoesNotSpoilSelection(t *testing.T) {
	f, p := small(t, "maf", 2, 0)
	v := banana[float32](300, 2)
	v.X.Row(5)[1] = 3e18 // log p is about −10³⁶: its square is finite in float32
	r, err := MaximumLikelihood(t.Context(), f, p, banana[float32](2000, 1), v, Config{Steps: 400, Rate: 1e-2, ValidateEvery: 20, Patience: 100})
	must(t, err)
	if r.BestStep < 200 || r.Floored != 1 {
		t.Errorf("%+v", r)
	}
	good, _, err := trainerOf(t, f, p, banana[float32](20, 1), banana[float32](300, 3), Config{}).validate(t.Context())
	must(t, err)
	if good < bananaLogProb-0.15 {
		t.Errorf("other rows have %g, the truth %g", good, bananaLogProb)
	}
}

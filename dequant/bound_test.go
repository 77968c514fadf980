package dequant

import (
	"math"
	"testing"

	"diffeo"
	"diffeo/matrix"
	"diffeo/recipe"
)

// checkBounds holds the bounds of a row against log P of its cell: that of one draw lies below, with many draws it rises to it, and with noise that is uniform it is the mean of the
// density over the cell.
func checkBounds(t *testing.T, m Model, by float64, row, cond []float64, points int) {
	t.Helper()
	const tries, seed = 400, 7
	params := moved(t, m, by)
	exact, uniform := cell(t, m.Density, params, row, cond, m.Widths, points)
	c, err := Compile[float64](m, params, diffeo.Options{Threads: 1})
	must(t, err)
	x := repeated(row, tries)
	before, errorBefore := math.Inf(-1), 0.0
	for _, n := range []int{1, 8, 64} {
		out, bound := make([]float64, tries), make([]float64, tries)
		must(t, c.LogProb(t.Context(), diffeo.Draw{Seed: seed}, n, x, repeated(cond, tries), out, bound))
		b, e := meanError(out)
		single, singleError := meanError(bound)
		if b > exact+4*e || single > exact+4*singleError {
			t.Errorf("x = %v: log P is %.5f, below the bounds of %d draws %.5f ± %.5f and of one %.5f ± %.5f", row, exact, n, b, e, single, singleError)
		}
		if m.Noise.Base == nil && math.Abs(single-uniform) > 4*singleError+1e-9 {
			t.Errorf("x = %v: the mean of log p over the cell is %.5f, and the bound of uniform noise %.5f ± %.5f", row, uniform, single, singleError)
		}
		if b < before-4*(e+errorBefore) {
			t.Errorf("x = %v: the bound falls from %.5f to %.5f ± %.5f with %d draws", row, before, b, e, n)
		}
		if n == 64 && b < exact-4*e-0.02 {
			t.Errorf("x = %v: log P is %.5f, and the bound of %d draws still %.5f ± %.5f", row, exact, n, b, e)
		}
		before, errorBefore = b, e
	}
}

// Over seven by seven cells, and some pictures of four levels, the bound is below log P, which is known, and goes to it with the number of draws.
func TestBoundGoesToTheProbability(t *testing.T) {
	for _, m := range []Model{table(t, twoColumns), table(t, nil)} {
		for a := range 7 {
			for b := range 7 {
				if testing.Short() && (a%3 > 0 || b%3 > 0) {
					continue
				}
				checkBounds(t, m, 0.2, []float64{0.5 * float64(a-3), 0.5 * float64(b-3)}, nil, 16)
			}
		}
	}
	for _, picture := range [][]float64{{0, 0, 0, 0}, {3, 1, 2, 0}} {
		checkBounds(t, pictures(t), 0.1, picture, nil, 8)
	}
}

// So it does for a column of whole numbers beside one of others, under a condition, with noise that sees the row alone, or the condition too.
func TestSomeColumnsUnderACondition(t *testing.T) {
	density, err := recipe.RealNVP(recipe.Config{Dim: 2, Context: 1, Transforms: 2, Hidden: []int{6}, Activation: "tanh"})
	must(t, err)
	for _, sees := range []int{2, 3} {
		noise, err := ColumnNoise{Columns: 1, Context: sees, Hidden: []int{6}}.Flow()
		must(t, err)
		m := Model{Density: density, Noise: noise, Widths: []float64{0, 0.5}}
		for _, cond := range []float64{-1, 1} {
			checkBounds(t, m, 0.2, []float64{0.3, -0.5}, []float64{cond}, 16)
		}
	}
}

// A step's loss is the mean of what Compiled.LogProb gives, with as many draws.
func TestStepIsTheBound(t *testing.T) {
	m := table(t, &ColumnNoise{Columns: 1, Context: 2, Hidden: []int{6}})
	m.Widths = []float64{0, 0.5}
	params := moved(t, m, 0.2)
	x := repeated([]float64{0.3, -0.5}, 2000)
	c, err := Compile[float64](m, params, diffeo.Options{Threads: 1})
	must(t, err)
	for _, draws := range []int{1, 4} {
		out := make([]float64, x.Rows)
		must(t, c.LogProb(t.Context(), diffeo.Draw{Seed: 5}, draws, x, matrix.Matrix[float64]{}, out, nil))
		want, e := meanError(out)
		if loss, _ := step(t, m, Config{Draws: draws}, params, x.Data); math.Abs(loss+want) > 6*e {
			t.Errorf("%d draws: a loss of %.5f, and a bound of %.5f ± %.5f", draws, loss, want, e)
		}
	}
}

package dequant

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"

	"diffeo"
	"diffeo/fault"
	"diffeo/matrix"
)

// The points of a rule for the unit square, taken through the noise, integrate the density over the cell: log P, known by Gauss's rule. They do so for any noise, and the
// same row has the same number wherever it stands.
func TestPointsIntegrateTheCell(t *testing.T) {
	const points = 8192
	for _, m := range []Model{table(t, twoColumns), table(t, nil)} {
		params := moved(t, m, 0.2)
		c, err := Compile[float64](m, params, diffeo.Options{Threads: 1})
		must(t, err)
		for _, row := range [][]float64{{0, 0}, {0.5, -1}, {-1.5, 1}} {
			exact, _ := cell(t, m.Density, params, row, nil, m.Widths, 16)
			x := repeated(row, 2)
			out, logs := make([]float64, 2), make([]float64, 0, points)
			for k := range points {
				_, second := math.Modf(0.5 + float64(k)*math.Sqrt2)
				v := repeated([]float64{(float64(k) + 0.5) / points, second}, 2)
				must(t, c.LogProbAt(t.Context(), v, x, matrix.Matrix[float64]{}, out))
				if out[0] != out[1] {
					t.Fatalf("equal rows have %v", out)
				}
				logs = append(logs, out[0])
			}
			// A Kronecker sequence of n points errs by some log n/n.
			if got := floats.LogSumExp(logs) - math.Log(points); math.Abs(got-exact) > 0.03 {
				t.Errorf("x = %v: log P is %.5f, by the points %.5f", row, exact, got)
			}
		}
	}
}

// Draws of the noise are those that LogProb weighs: log p(y) − log q(u|x) at them is its bound with one draw.
func TestNoise(t *testing.T) {
	m := table(t, twoColumns)
	c, err := Compile[float64](m, moved(t, m, 0.5), diffeo.Options{Threads: 1})
	must(t, err)
	var none matrix.Matrix[float64]
	x, u, y := repeated([]float64{0.5, 0}, 50), matrix.New[float64](50, 2), matrix.New[float64](50, 2)
	must(t, c.Noise(t.Context(), diffeo.Draw{Seed: 3}, x, none, u))
	for r := range u.Rows {
		c.point(y.Row(r), x.Row(r), u.Row(r))
	}
	logP, logQ, bound := make([]float64, 50), make([]float64, 50), make([]float64, 50)
	must(t, c.density.LogProb(t.Context(), y, none, logP))
	must(t, c.noise.LogProb(t.Context(), u, x, logQ))
	must(t, c.LogProb(t.Context(), diffeo.Draw{Seed: 3}, 1, x, none, bound, nil))
	for r := range bound {
		if want := logP[r] - logQ[r] + 2*math.Log(0.5); math.Abs(bound[r]-want) > 1e-9*(1+math.Abs(want)) {
			t.Fatalf("row %d: the bound is %v, and log p − log q of the noise %v", r, bound[r], want)
		}
	}
	if err := c.Noise(t.Context(), diffeo.Draw{}, x, none, u.Slice(0, 3)); !errors.Is(err, fault.ErrShape) {
		t.Error(err)
	}
}

func TestPointRefuses(t *testing.T) {
	m := table(t, twoColumns)
	c, err := Compile[float64](m, moved(t, m, 0), diffeo.Options{Threads: 1})
	must(t, err)
	x, out := matrix.New[float64](1, 2), make([]float64, 1)
	for name, v := range map[string][]float64{"short": {0.5}, "an end": {0, 0.5}, "NaN": {0.5, math.NaN()}} {
		if err := c.LogProbAt(t.Context(), repeated(v, 1), x, matrix.Matrix[float64]{}, out); !errors.Is(err, fault.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := c.LogProbAt(t.Context(), repeated([]float64{0.5, 0.5}, 1), matrix.New[float64](1, 3), matrix.Matrix[float64]{}, out); !errors.Is(err, fault.ErrShape) {
		t.Error(err)
	}
}

package dequant

import (
	"context"
	"errors"
	"slices"
	"testing"

	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/train"
)

// halves is a source of rows on the grid of twoColumns, a function of the batch and the row.
type halves struct{ weighted bool }

func (h halves) About() train.About {
	return train.About{Rows: 1 << 20, Weighted: h.weighted, Fingerprint: func() string { return "halves" }}
}

func (h halves) Batch(_ context.Context, n int, x, _ matrix.Matrix[float64], _ []float64) error {
	for r := range x.Rows {
		x.Row(r)[0], x.Row(r)[1] = float64((n+r)%3-1)/2, float64((n*r)%3-1)/2
	}
	return nil
}

func (halves) Place(int) string { return "a half" }

// Flow and noise are trained together from a source too, as the seed says.
func TestFitSource(t *testing.T) {
	m := table(t, twoColumns)
	c := Config{Train: train.Config{Steps: 10, Batch: 32, Rate: 1e-2, Seed: 1}}
	fit := func(seed uint64) [2][]float64 {
		p, err := m.Init(1)
		must(t, err)
		c.Train.Seed = seed
		_, err = FitSource(t.Context(), m, p, halves{}, train.Data[float64]{X: matrix.New[float64](4, 2)}, c)
		must(t, err)
		var sides [2][]float64
		for _, s := range p.Specs() {
			side := 0
			if len(s.Name) > 6 && s.Name[:6] == "noise." {
				side = 1
			}
			sides[side] = append(sides[side], p.Data(s.Name)...)
		}
		return sides
	}
	first, err := m.Init(1)
	must(t, err)
	a, b, other := fit(1), fit(1), fit(2)
	for i, side := range []string{"flow", "noise"} {
		if !slices.Equal(a[i], b[i]) || slices.Equal(a[i], other[i]) {
			t.Errorf("the weights of the %s are not those of the seed", side)
		}
	}
	if n := first.Count(); n != len(a[0])+len(a[1]) || len(a[1]) == 0 {
		t.Errorf("%d and %d weights of %d", len(a[0]), len(a[1]), n)
	}
	for name, err := range map[string]error{
		"weights": onlyError(FitSource(t.Context(), m, first, halves{weighted: true}, train.Data[float64]{}, c)),
		"draws":   onlyError(FitSource(t.Context(), m, first, halves{}, train.Data[float64]{}, Config{Draws: -1})),
	} {
		if !errors.Is(err, fault.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func onlyError(_ train.Result, err error) error { return err }

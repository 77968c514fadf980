package model

import (
	"errors"
	"math"
	"strings"
	"testing"

	"diffeo"
	"diffeo/data"
	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/recipe"
)

var configForFuzz = recipe.Config{Transforms: 1, Hidden: []int{4}}

// The density is in the data's units: over a grid of one column it adds up to 1, and a column in other units shifts every
// log-density by the log of the unit.
func TestDensityIsInTheDatasUnits(t *testing.T) {
	column := Column{Name: "a", Mean: 300, Std: 20}
	m, err := New("maf", configForFuzz, []Column{column}, nil, Float64, 3)
	must(t, err)
	d, err := Compile(m, diffeo.Options{Threads: 1})
	must(t, err)
	const n = 20000
	x, out := matrix.New[float64](n, 1), make([]float64, n)
	for i := range n {
		x.Data[i] = 300 + 20*(float64(i)-n/2)*(24.0/n)
	}
	var none matrix.Matrix[float64]
	must(t, d.LogProb(t.Context(), x, none, out))
	sum := 0.0
	for _, l := range out {
		sum += math.Exp(l) * 20 * 24 / n
	}
	if math.Abs(sum-1) > 1e-6 {
		t.Errorf("the density adds up to %v", sum)
	}
}

// Draws and scores go through the same units, whatever the size of the pieces.
func TestDrawAndScore(t *testing.T) {
	for _, precision := range []string{Float32, Float64} {
		m := example(t, precision)
		d, err := Compile(m, diffeo.Options{Threads: 2})
		must(t, err)
		const n = 5000 // more than a piece
		cond := rows(m.Context, n, 1)
		x, again := matrix.New[float64](n, 3), matrix.New[float64](700, 3)
		must(t, d.Sample(t.Context(), diffeo.Draw{Seed: 4}, cond, x))
		must(t, d.Sample(t.Context(), diffeo.Draw{Seed: 4, First: 4000}, cond.Slice(4000, 4700), again))
		for i, v := range again.Data {
			if x.Data[4000*3+i] != v {
				t.Fatal("a stream in pieces is not the stream")
			}
		}
		all, one := make([]float64, n), make([]float64, 1)
		must(t, d.LogProb(t.Context(), x, cond, all))
		c, err := diffeo.Compile[float64](m.Flow, m.Params, diffeo.Options{})
		must(t, err)
		for _, r := range []int{0, 17, 4095, 4096, 4999} {
			must(t, d.LogProb(t.Context(), x.Slice(r, r+1), cond.Slice(r, r+1), one))
			if one[0] != all[r] {
				t.Errorf("row %d scores %v alone and %v in the batch", r, one[0], all[r])
			}
			z, zc := matrix.New[float64](1, 3), matrix.New[float64](1, 1)
			must(t, errors.Join(data.Apply(Preprocessing(m.Columns).Scale, x.Slice(r, r+1), z), data.Apply(Preprocessing(m.Context).Scale, cond.Slice(r, r+1), zc)))
			want := make([]float64, 1)
			must(t, c.LogProb(t.Context(), z, zc, want))
			want[0] -= math.Log(2) + math.Log(0.01)
			if math.Abs(want[0]-all[r]) > 2e-5*(1+math.Abs(want[0])) {
				t.Errorf("%s: row %d scores %v, want %v", precision, r, all[r], want[0])
			}
		}
	}
}

func TestDensityRefuses(t *testing.T) {
	m := example(t, Float32)
	d, err := Compile(m, diffeo.Options{Threads: 1})
	must(t, err)
	x, cond, out := rows(m.Columns, 5000, 1), rows(m.Context, 5000, 2), make([]float64, 5000)
	far := rows(m.Columns, 5000, 1)
	far.Row(4500)[1] = 1e300
	var none matrix.Matrix[float64]
	for name, test := range map[string]struct {
		err, want error
		text      string
	}{
		"columns":     {d.LogProb(t.Context(), cond, cond, out), fault.ErrShape, "rows of 1 columns"},
		"results":     {d.LogProb(t.Context(), x, cond, out[1:]), fault.ErrShape, "4999 results"},
		"no context":  {d.LogProb(t.Context(), x, none, out), fault.ErrContext, "[c]"},
		"too far out": {d.LogProb(t.Context(), far, cond, out), fault.ErrData, `row 4500, column "b <&> \"q\"": 1e+300 is too far`},
		"draws":       {d.Sample(t.Context(), diffeo.Draw{}, cond, cond), fault.ErrShape, "draws of 1 columns"},
	} {
		if !errors.Is(test.err, test.want) || !strings.Contains(test.err.Error(), test.text) {
			t.Errorf("%s: %v; want %q", name, test.err, test.text)
		}
	}
}

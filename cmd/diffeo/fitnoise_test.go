package main

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"diffeo/data"
	"diffeo/matrix"
	"diffeo/model"
	"diffeo/recipe"
)

// countsOf is a model of a column of counts beside two others, and rows of it.
func countsOf(t *testing.T, rows int, spec string) (*model.Model, part) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	p := part{data: data.Table{Columns: []string{"x", "n", "h"}, Values: matrix.New[float64](rows, 3), Source: "t.csv"}, rows: rng.Perm(10 * rows)[:rows]}
	for r := range rows {
		copy(p.data.Values.Row(r), []float64{rng.NormFloat64(), float64(rng.IntN(7)), 0.5 + float64(rng.IntN(3))})
	}
	specs := make([]data.Spec, 3)
	for i, text := range []string{"standardize", spec, "integer:1,0.5"} {
		var err error
		if specs[i], err = data.ParseSpec(text); err != nil {
			t.Fatal(err)
		}
	}
	pre, err := data.FitPreprocessing(p.data, specs, p.noise(4))
	if err != nil {
		t.Fatal(err)
	}
	columns, err := model.Columned(p.data.Columns, pre)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.New("maf", recipe.Config{Transforms: 1, Hidden: []int{4}}, columns, nil, model.Float32, 4)
	if err != nil {
		t.Fatal(err)
	}
	return m, p
}

// The noise of a row in a pass does not depend on the batch that it comes in, keeps the row in its cell, is another in every pass, and leaves other columns alone.
func TestFreshNoise(t *testing.T) {
	m, p := countsOf(t, 200, "integer")
	n, err := newFreshNoise(m, p)
	if err != nil {
		t.Fatal(err)
	}
	plain, _, err := preprocessed(m, p)
	if err != nil {
		t.Fatal(err)
	}
	batch := func(pass int, rows ...int) matrix.Matrix[float32] {
		x := matrix.New[float32](len(rows), 3)
		for i, r := range rows {
			copy(x.Row(i), plain.X.Row(r))
		}
		if err := n.fresh(pass, rows, x); err != nil {
			t.Fatal(err)
		}
		return x
	}
	const passes = 400
	for _, r := range []int{0, 17, 199} {
		sum := [3]float64{}
		last := plain.X.Row(r)
		for pass := range passes {
			x := batch(pass+1, 5, r, 9).Row(1)
			alone := batch(pass+1, r).Row(0)
			back := matrix.New[float64](1, 3)
			if err := data.Restore(model.Preprocessing(m.Columns), matrix.Matrix[float32]{Data: x, Rows: 1, Cols: 3, Stride: 3}, back); err != nil {
				t.Fatal(err)
			}
			if x[0] != last[0] || x[1] == last[1] || x[2] == last[2] {
				t.Fatalf("row %d, pass %d: %v follows %v", r, pass+1, x, last)
			}
			for k := range x {
				if x[k] != alone[k] {
					t.Fatalf("row %d, pass %d: %v in a batch, %v alone", r, pass+1, x, alone)
				}
				y := m.Columns[k].Mean + m.Columns[k].Std*float64(x[k])
				sum[k] += (y - p.data.Values.Row(r)[k]) / passes
				if k > 0 && back.Row(0)[k] != p.data.Values.Row(r)[k] {
					t.Fatalf("row %d: %v comes back as %v", r, p.data.Values.Row(r), back.Row(0))
				}
			}
			last = x
		}
		if math.Abs(sum[1]-0.5) > 0.08 || math.Abs(sum[2]-0.5) > 0.08 { // 5 standard errors
			t.Errorf("row %d: the mean of the noise is %v", r, sum)
		}
	}
}

// A cell that leaves the domain of a further step is found before training, whatever the noise of the first passes is.
func TestFreshNoiseRefuses(t *testing.T) {
	m, p := countsOf(t, 200, "integer")
	m.Columns[1].Steps = append(m.Columns[1].Steps, data.Step{Kind: data.Logit, Low: -1, High: 6.99999})
	if _, err := newFreshNoise(m, p); err == nil || !strings.Contains(err.Error(), `column "n": 6 is not in the column's support (whole numbers, with -1 < x < 6.99999 in all of their cell)`) ||
		!strings.Contains(err.Error(), "t.csv: row ") {
		t.Errorf("%v", err)
	}
	m.Columns[1].Steps[1].High = 7
	if _, err := newFreshNoise(m, p); err != nil {
		t.Error(err)
	}
	m.Columns = m.Columns[:1]
	if n, err := newFreshNoise(m, p); n != nil || err != nil {
		t.Errorf("%v %v", n, err)
	}
}

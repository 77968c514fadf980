package model

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"diffeo/matrix"
	"diffeo/recipe"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// example is a model with a context and weights that no initialiser gives.
func example(t *testing.T, precision string) *Model {
	t.Helper()
	columns := []Column{{Name: "a", Mean: 3, Std: 2}, {Name: "b <&> \"q\"", Mean: -1e5, Std: 0.01}, {Name: "ü", Mean: 0, Std: 1}}
	m, err := New("maf", recipe.Config{Transforms: 2, Hidden: []int{8, 8}}, columns, []Column{{Name: "c", Mean: 5, Std: 10}}, precision, 7)
	must(t, err)
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range m.Params.Specs() {
		d := m.Params.Data(s.Name)
		for i := range d {
			d[i] = 0.2 * rng.NormFloat64()
			if precision == Float32 {
				d[i] = float64(float32(d[i]))
			}
		}
	}
	v := -1.25
	m.Training = Training{TrainRows: 100, Steps: 40, BestStep: 30, Batch: 50, Rate: 1e-3, Clip: 5, ValLogProb: &v}
	return m
}

func encoded(t *testing.T, m *Model) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, m.Write(&b))
	return b.Bytes()
}

// rows are normal around the model's columns.
func rows(c []Column, n int, seed uint64) matrix.Matrix[float64] {
	rng := rand.New(rand.NewPCG(seed, 3))
	m := matrix.New[float64](n, len(c))
	for r := range n {
		for k := range c {
			m.Row(r)[k] = c[k].Mean + c[k].Std*rng.NormFloat64()
		}
	}
	return m
}

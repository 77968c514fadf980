package plot

import (
	"flag"
	"math"
	"math/rand/v2"
	"testing"

	"diffeo"
	"diffeo/matrix"
	"diffeo/recipe"
)

var update = flag.Bool("update", false, "write the pictures of testdata again")

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bent is rows of columns that depend on each other: each is the one before, bent, with noise; the last is positive with a long tail.
func bent(n, columns int, seed uint64) matrix.Matrix[float64] {
	rng := rand.New(rand.NewPCG(seed, 1))
	m := matrix.New[float64](n, columns)
	for r := range n {
		row := m.Row(r)
		z := rng.NormFloat64()
		for j := range row {
			row[j] = 20 + 3*z
			z = 0.9*math.Sin(1.5*z) + 0.5*rng.NormFloat64()
		}
		row[columns-1] = math.Exp(row[columns-1]/5 - 4)
	}
	return m
}

// ripples is a density on a grid with two bent ridges.
func ripples(n int) Field {
	f := Field{X: Grid(-3, 3, n), Y: Grid(-2, 2, n)}
	for _, y := range f.Y {
		for _, x := range f.X {
			a, b := x+1, y-0.5*x*x+1
			c, d := x-1.5, y+0.6
			f.Z = append(f.Z, 0.2*math.Exp(-a*a/0.8-b*b/0.1)+0.15*math.Exp(-c*c/0.3-d*d/0.3))
		}
	}
	return f
}

// carried is what a small flow with weights of no training does to a grid.
func carried(t *testing.T, dim int) []Layer {
	t.Helper()
	f, err := recipe.New("nsf-ar", recipe.Config{Dim: dim, Transforms: 5, Hidden: []int{8}})
	must(t, err)
	params, err := diffeo.Init(f, 3)
	must(t, err)
	rng := rand.New(rand.NewPCG(4, 5))
	for _, s := range params.Specs() {
		d := params.Data(s.Name)
		for i := range d {
			d[i] += 0.15 * rng.NormFloat64()
		}
	}
	layers, err := Transport(t.Context(), f, params, 0, min(1, dim-1), matrix.Matrix[float64]{}, 1, diffeo.Options{Threads: 1})
	must(t, err)
	return layers
}

// history is a training that saturates.
func history() History {
	h := History{Best: 1500}
	rng := rand.New(rand.NewPCG(6, 7))
	for s := 10.0; s <= 2000; s += 10 {
		h.Steps, h.Train = append(h.Steps, s), append(h.Train, 2-30*math.Exp(-s/60)-2*math.Exp(-s/500)+0.1*rng.NormFloat64())
		if math.Mod(s, 100) == 0 {
			h.ValidatedAt, h.Validation = append(h.ValidatedAt, s), append(h.Validation, 1.6-2*math.Exp(-s/400)-s/20000)
		}
	}
	return h
}

// uniform is ranks of a right model; bowed ones are those of one that is too narrow.
func uniform(n int, bow float64, seed uint64) []float64 {
	rng := rand.New(rand.NewPCG(seed, 8))
	x := make([]float64, n)
	for i := range x {
		u := rng.Float64()
		x[i] = u + bow*(u-0.5)*u*(1-u)*4
	}
	return x
}

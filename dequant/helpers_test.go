package dequant

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat"

	"diffeo"
	"diffeo/flow"
	"diffeo/matrix"
	"diffeo/param"
	"diffeo/recipe"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// table is a model of two columns on grids under noise, nil for uniform noise.
func table(t testing.TB, noise *ColumnNoise) Model {
	t.Helper()
	density, err := recipe.RealNVP(recipe.Config{Dim: 2, Transforms: 2, Hidden: []int{6}, Activation: "tanh"})
	must(t, err)
	m := Model{Density: density, Widths: []float64{0.5, 0.5}}
	if noise != nil {
		m.Noise, err = noise.Flow()
		must(t, err)
	}
	return m
}

var twoColumns = &ColumnNoise{Columns: 2, Context: 2, Hidden: []int{6}}

// pictures is a model of 2×2 pixels of four levels.
func pictures(t testing.TB) Model {
	t.Helper()
	density, err := recipe.Glow(recipe.Config{Image: []int{1, 2, 2}, Levels: 1, Transforms: 2, Hidden: []int{4}, Activation: "tanh"})
	must(t, err)
	noise, err := ImageNoise{Image: []int{1, 2, 2}, Levels: 4, Transforms: 2, Hidden: 3}.Flow()
	must(t, err)
	return Model{Density: density, Noise: noise, Widths: []float64{1, 1, 1, 1}}
}

// moved are first weights, moved so that no part is the identity.
func moved(t testing.TB, m Model, by float64) *param.Set {
	t.Helper()
	p, err := m.Init(3)
	must(t, err)
	rng := rand.New(rand.NewPCG(5, 5))
	for _, s := range p.Specs() {
		d := p.Data(s.Name)
		for i := range d {
			d[i] += by * rng.NormFloat64()
		}
	}
	return p
}

// cell is log P(x), the integral of a flow's density over the cell of x of sides w, and the bound of uniform noise, the mean of log p there and log of the volume, by
// Gauss's rule of n points a column that has a side above 0. cond may be nil.
func cell(t testing.TB, f flow.Flow, params *param.Set, x, cond, w []float64, n int) (log, uniform float64) {
	t.Helper()
	at, weight := make([]float64, n), make([]float64, n)
	quad.Legendre{}.FixedLocations(at, weight, 0, 1)
	points := 1
	volume := 0.0
	for _, side := range w {
		if side > 0 {
			points *= n
			volume += math.Log(side)
		}
	}
	y, share := matrix.New[float64](points, len(x)), make([]float64, points)
	for i := range points {
		share[i] = 1
		rest := i
		for k := range x {
			if y.Row(i)[k] = x[k]; w[k] > 0 {
				y.Row(i)[k] += w[k] * at[rest%n]
				share[i] *= weight[rest%n]
				rest /= n
			}
		}
	}
	c, err := diffeo.Compile[float64](f, params, diffeo.Options{Threads: 1})
	must(t, err)
	logP := make([]float64, points)
	must(t, c.LogProb(t.Context(), y, repeated(cond, points), logP))
	p := 0.0
	for i, l := range logP {
		p += share[i] * math.Exp(l)
		uniform += share[i] * l
	}
	return math.Log(p) + volume, uniform + volume
}

// repeated is a row n times; the zero Matrix for nil.
func repeated(row []float64, n int) matrix.Matrix[float64] {
	if row == nil {
		return matrix.Matrix[float64]{}
	}
	x := matrix.New[float64](n, len(row))
	for r := range n {
		copy(x.Row(r), row)
	}
	return x
}

// meanError is the mean and its standard error.
func meanError(list []float64) (m, e float64) {
	m, e = stat.MeanStdDev(list, nil)
	return m, stat.StdErr(e, float64(len(list)))
}

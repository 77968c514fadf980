package train

import (
	"math"
	"math/rand/v2"
	"testing"

	"diffeo/flow"
	"diffeo/matrix"
	"diffeo/param"
	"diffeo/recipe"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// small is a small flow of a recipe with its first weights.
func small(t *testing.T, name string, dim, context int) (flow.Flow, *param.Set) {
	t.Helper()
	f, err := recipe.New(name, recipe.Config{Dim: dim, Context: context, Transforms: 2, Hidden: []int{16, 16}})
	must(t, err)
	bound, err := f.Bind()
	must(t, err)
	return f, param.New(bound.Specs, 1)
}

// banana is x₁ ~ N(0, 1), x₂ ~ N(x₁², ½²), of the seed. Its mean log-density is −½·2·(1 + log 2π) − log ½.
func banana[T matrix.Float](rows int, seed uint64) Data[T] {
	rng := rand.New(rand.NewPCG(seed, 2))
	m := matrix.New[T](rows, 2)
	for r := range rows {
		a, b := rng.NormFloat64(), rng.NormFloat64()
		m.Row(r)[0], m.Row(r)[1] = T(a), T(a*a+b/2)
	}
	return Data[T]{X: m}
}

var bananaLogProb = -(1 + math.Log(2*math.Pi)) - math.Log(0.5)

func trainerOf[T matrix.Float](t *testing.T, f flow.Flow, p *param.Set, d, validation Data[T], c Config) *trainer[T] {
	t.Helper()
	bound, err := f.Bind()
	must(t, err)
	c, err = c.filled(d.X.Rows)
	must(t, err)
	w, err := newWeights[T](bound.Specs, p, c)
	must(t, err)
	tr, err := newTrainer(f, bound, w, likelihood(d.Weights != nil, c.Noise), newBatches(d, c.Seed), validation, c)
	must(t, err)
	return tr
}

func equalSets(a, b *param.Set) bool {
	for _, s := range a.Specs() {
		x, y := a.Data(s.Name), b.Data(s.Name)
		for i := range x {
			if x[i] != y[i] {
				return false
			}
		}
	}
	return true
}

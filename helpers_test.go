package diffeo_test

import (
	"math/rand/v2"
	"testing"

	"diffeo"
	"diffeo/matrix"
	"diffeo/recipe"
)

// flowOf is a small flow of a recipe.
func flowOf(t *testing.T, name string, dim, context int) diffeo.Flow {
	t.Helper()
	f, err := recipe.New(name, recipe.Config{Dim: dim, Context: context, Transforms: 3, Hidden: []int{16, 16}})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// weights are a flow's first weights, moved so that no part of it is the identity.
func weights(t *testing.T, f diffeo.Flow) *diffeo.Params {
	t.Helper()
	params, err := diffeo.Init(f, 7)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(7, 7))
	for _, s := range params.Specs() {
		d := params.Data(s.Name)
		for i := range d {
			d[i] += 0.1 * rng.NormFloat64()
		}
	}
	return params
}

func compile[T diffeo.Float](t *testing.T, f diffeo.Flow, threads int) *diffeo.Compiled[T] {
	t.Helper()
	params, err := diffeo.Init(f, 7)
	if err != nil {
		t.Fatal(err)
	}
	c, err := diffeo.Compile[T](f, params, diffeo.Options{Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func compileWith[T diffeo.Float](t *testing.T, f diffeo.Flow, threads int) *diffeo.Compiled[T] {
	t.Helper()
	c, err := diffeo.Compile[T](f, weights(t, f), diffeo.Options{Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// noise is a matrix of standard normals, a function of the seed.
func noise[T diffeo.Float](t *testing.T, rows, cols int, seed uint64) diffeo.Matrix[T] {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	m := matrix.New[T](rows, cols)
	for i := range m.Data {
		m.Data[i] = T(rng.NormFloat64())
	}
	return m
}

package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"diffeo"
	"diffeo/data"
	"diffeo/matrix"
	"diffeo/recipe"
	"diffeo/train"
)

// job is one fit.
type job struct {
	density, recipe, library string
	seed                     int
}

// ours is the name of this library among the others.
const ours = "diffeo"

// result is what a fit gave, a line of the file of results.
type result struct {
	Density    string        `json:"density"`
	Recipe     string        `json:"recipe"`
	Library    string        `json:"library"`
	Version    string        `json:"version,omitempty"`
	Seed       int           `json:"seed"` // of the data and of the first weights
	Config     recipe.Config `json:"config"`
	Steps      int           `json:"steps"`
	Batch      int           `json:"batch"`
	Rate       float64       `json:"rate"`
	Parameters int           `json:"parameters"`
	Seconds    float64       `json:"seconds"` // of training, on whatever else the machine did
	Skipped    int           `json:"skipped_steps,omitempty"`
	Failed     string        `json:"failed,omitempty"` // why there is no divergence
	measured
}

func (r result) job() job { return job{r.Density, r.Recipe, r.Library, r.Seed} }

// samples are the training rows: batch n is rows n·Batch to (n+1)·Batch, so that every row is seen once. They are float32s.
func (c config) samples(j job, e entry) (matrix.Matrix[float64], error) {
	toy, err := data.ToyNamed(j.density)
	if err != nil {
		return matrix.Matrix[float64]{}, err
	}
	x := toy.Sample(c.steps*c.batch, uint64(j.seed))
	for i := range x.Data {
		x.Data[i] = float64(float32(x.Data[i] * e.factor()))
	}
	return x, nil
}

// consecutive deals the rows of a matrix in their order.
type consecutive struct {
	rows  matrix.Matrix[float64]
	first int // row of the latest batch
}

func (s *consecutive) About() train.About {
	return train.About{Fingerprint: func() string { return "toys" }}
}

func (s *consecutive) Batch(_ context.Context, n int, x, _ matrix.Matrix[float32], _ []float32) error {
	if s.first = n * x.Rows; s.first+x.Rows > s.rows.Rows {
		return fmt.Errorf("batch %d of %d rows is beyond the last of %d rows", n, x.Rows, s.rows.Rows)
	}
	for i := range x.Rows {
		for k, v := range s.rows.Row(s.first + i) {
			x.Row(i)[k] = float32(v)
		}
	}
	return nil
}

func (s *consecutive) Place(i int) string { return fmt.Sprintf("row %d", s.first+i) }

// scorer gives the log-densities of points, in the units of the toy.
type scorer func(points matrix.Matrix[float64]) ([]float64, error)

// fit trains a recipe of this library.
func (c config) fit(ctx context.Context, j job, e entry) (r result, score scorer, err error) {
	r = c.result(j, e)
	x, err := c.samples(j, e)
	if err != nil {
		return r, nil, err
	}
	f, err := recipe.New(e.name, r.Config)
	if err != nil {
		return r, nil, err
	}
	params, err := diffeo.Init(f, uint64(j.seed))
	if err != nil {
		return r, nil, err
	}
	r.Parameters = params.Count()
	began := time.Now()
	done, err := train.FromSource(ctx, f, params, &consecutive{rows: x}, train.Data[float32]{}, train.Config{
		Steps: c.steps, Batch: c.batch, Rate: c.rate, Clip: c.clip, Threads: c.threads,
	})
	r.Seconds, r.Skipped = time.Since(began).Seconds(), done.Skipped
	if err != nil {
		return r, nil, err
	}
	density, err := diffeo.Compile[float32](f, params, diffeo.Options{Threads: c.threads})
	if err != nil {
		return r, nil, err
	}
	return r, func(points matrix.Matrix[float64]) ([]float64, error) {
		return logProb(ctx, density, points, e.factor())
	}, nil
}

// logProb scores points by a density of points that are factor times as large.
func logProb(ctx context.Context, density *diffeo.Compiled[float32], points matrix.Matrix[float64], factor float64) ([]float64, error) {
	x, l := matrix.New[float32](points.Rows, points.Cols), make([]float32, points.Rows)
	for i, v := range points.Data {
		x.Data[i] = float32(v * factor)
	}
	if err := density.LogProb(ctx, x, matrix.Matrix[float32]{}, l); err != nil {
		return nil, err
	}
	out := make([]float64, len(l))
	for i, v := range l {
		out[i] = float64(v) + float64(points.Cols)*math.Log(factor)
	}
	return out, nil
}

// result is that of a job before it has run.
func (c config) result(j job, e entry) result {
	return result{
		Density: j.density, Recipe: j.recipe, Library: j.library, Seed: j.seed, Config: e.config(c.hidden), Steps: c.steps, Batch: c.batch, Rate: c.rate,
	}
}

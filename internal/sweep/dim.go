package main

import (
	"context"
	"fmt"
	"slices"

	"diffeo"
)

// sweepDim scores and samples with a MAF of two hidden layers, for more and more columns.
func sweepDim(ctx context.Context, c config) error {
	const rows, depth, width = 4096, 5, 128
	dims, err := c.upTo(8, 16, 32, 64, 128, 256)
	if err != nil {
		return err
	}
	var jobs [][2]func() error
	for n, d := range dims {
		f := maf(d, depth, width, width)
		params, err := diffeo.Init(f, 0)
		if err != nil {
			return err
		}
		compiled, err := diffeo.Compile[float32](f, params, diffeo.Options{Threads: c.threads})
		if err != nil {
			return err
		}
		x, drawn, out, seed := normal(rows, d), normal(rows, d), make([]float32, rows), uint64(0)
		jobs = append(jobs, [2]func() error{
			func() error { return compiled.LogProb(ctx, x, diffeo.Matrix[float32]{}, out) },
			func() error {
				seed++
				return compiled.Sample(ctx, diffeo.Draw{Seed: seed}, diffeo.Matrix[float32]{}, drawn)
			},
		})
		for _, job := range jobs[n] { // compiles
			if err := job(); err != nil {
				return err
			}
		}
	}
	seconds := make([][2][]float64, len(dims))
	for round := range c.rounds {
		for i := range dims {
			for k, job := range jobs[i] {
				s, err := calls(ctx, c.budget, job)
				if err != nil {
					return err
				}
				seconds[i][k] = append(seconds[i][k], s...)
			}
			c.tell("dim", round, dims[i])
		}
	}
	scoring, sampling := series{name: "scoring"}, series{name: "sampling"}
	var ratio []float64
	t := table{
		name: "dim", x: "columns", xLabel: "columns of the data", title: "Time a row, scoring and sampling, as columns are added",
		note: fmt.Sprintf("MAF, %d × (%d, %d), %d rows, float32, threads: %d", depth, width, width, rows, c.threads),
	}
	for i, d := range dims {
		t.at = append(t.at, float64(d))
		a, b := 1e6*median(seconds[i][0])/rows, 1e6*median(seconds[i][1])/rows
		scoring.micros, sampling.micros, ratio = append(scoring.micros, a), append(sampling.micros, b), append(ratio, b/a)
	}
	t.series = []series{scoring, sampling}
	if err := t.writeCSV(c.out); err != nil {
		return err
	}
	if err := t.drawTimes(c.out); err != nil {
		return err
	}
	r := table{
		name: "dim-ratio", xLabel: t.xLabel, at: t.at, note: t.note, limit: 1.5 * ratio[0],
		title:  "How many times as long as scoring a row takes drawing one",
		series: []series{{name: "sampling ÷ scoring", micros: slices.Clone(ratio)}},
	}
	return r.drawRatio(c.out)
}

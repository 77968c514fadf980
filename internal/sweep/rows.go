package main

import (
	"context"
	"fmt"

	"diffeo"
)

// The flow and the batch of the sweeps over rows and batches: workload W1 of the benchmarks.
const (
	columns    = 6
	transforms = 10
	units      = 100
	batch      = 512
)

// sweepRows trains on tables of more and more rows by batches of 512, and scores all their rows in one call.
func sweepRows(ctx context.Context, c config) error {
	sizes, err := c.upTo(10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
	if err != nil {
		return err
	}
	x := normal(sizes[len(sizes)-1], columns)
	return perRow(ctx, c, sizes, table{
		name: "rows", x: "rows", xLabel: "rows of the data set", limit: 1.1,
		title: fmt.Sprintf("Time a row, training by batches of %d and scoring, as the data set grows", batch),
	}, func(int) diffeo.Matrix[float32] { return x }, func(int) int { return batch })
}

// sweepBatch trains and scores by batches of more and more rows of one table.
func sweepBatch(ctx context.Context, c config) error {
	sizes, err := c.upTo(256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536)
	if err != nil {
		return err
	}
	x := normal(2*sizes[len(sizes)-1], columns)
	return perRow(ctx, c, sizes, table{
		name: "batch", x: "batch", xLabel: "rows of a batch", limit: 1.1, title: "Time a row in training and scoring, as the batch grows",
	}, func(int) diffeo.Matrix[float32] { return x }, func(n int) int { return n })
}

// perRow measures training and scoring for each size n: training on the table of a size by the batches of a size (the whole of a
// table that is larger than n where these are n rows), scoring n rows in one call.
func perRow(ctx context.Context, c config, sizes []int, t table, of func(n int) diffeo.Matrix[float32], batchOf func(n int) int) error {
	hidden := []int{units, units}
	f := maf(columns, transforms, hidden...)
	params, err := diffeo.Init(f, 0)
	if err != nil {
		return err
	}
	compiled, err := diffeo.Compile[float32](f, params, diffeo.Options{Threads: c.threads})
	if err != nil {
		return err
	}
	out := make([]float32, sizes[len(sizes)-1])
	score := func(n int) func() error {
		x := head(of(n), n)
		return func() error { return compiled.LogProb(ctx, x, diffeo.Matrix[float32]{}, out[:n]) }
	}
	if err := score(sizes[0])(); err != nil { // compiles
		return err
	}
	trained, scored := make([]training, len(sizes)), make([][]float64, len(sizes))
	for round := range c.rounds {
		for i, n := range sizes {
			rows := n
			if batchOf(n) == n {
				rows = of(n).Rows
			}
			if err := trained[i].add(ctx, f, head(of(n), rows), batchOf(n), c.threads, c.budget); err != nil {
				return err
			}
			seconds, err := calls(ctx, c.budget, score(n))
			if err != nil {
				return err
			}
			scored[i] = append(scored[i], seconds...)
			c.tell(t.name, round, n)
		}
	}
	training, scoring := series{name: "training"}, series{name: "scoring"}
	for i, n := range sizes {
		t.at = append(t.at, float64(n))
		training.micros = append(training.micros, 1e6*trained[i].step(&trained[0])/float64(batchOf(n)))
		scoring.micros = append(scoring.micros, 1e6*median(scored[i])/float64(n))
	}
	t.series = []series{training, scoring}
	t.note = fmt.Sprintf("MAF, %d columns, %d × (%d, %d), float32, threads: %d", columns, transforms, units, units, c.threads)
	if err := t.writeCSV(c.out); err != nil {
		return err
	}
	return t.drawRelative(c.out)
}

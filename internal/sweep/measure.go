package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"diffeo"
	"diffeo/flow"
	"diffeo/internal/bench"
	"diffeo/train"
)

// median of some numbers, 0 of none.
func median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	x = slices.Sorted(slices.Values(x))
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

// maf is the flow that is measured.
func maf(dim, transforms int, hidden ...int) flow.Flow {
	return bench.Workload{Kind: "maf", Univariate: "affine", Dim: dim, Transforms: transforms, Hidden: hidden}.Flow()
}

// normal is a table of standard normal numbers.
func normal(rows, cols int) diffeo.Matrix[float32] {
	r := rand.New(rand.NewPCG(1, 2))
	m := diffeo.Matrix[float32]{Data: make([]float32, rows*cols), Rows: rows, Cols: cols, Stride: cols}
	for i := range m.Data {
		m.Data[i] = float32(r.NormFloat64())
	}
	return m
}

// head is the first rows of a table.
func head(m diffeo.Matrix[float32], rows int) diffeo.Matrix[float32] {
	m.Data, m.Rows = m.Data[:rows*m.Stride], rows
	return m
}

// calls times f again and again until the budget is spent, once at least, and gives the seconds of each call.
func calls(ctx context.Context, budget time.Duration, f func() error) (seconds []float64, err error) {
	for begin := time.Now(); len(seconds) == 0 || time.Since(begin) < budget; {
		t := time.Now()
		if err := f(); err != nil {
			return nil, err
		}
		seconds = append(seconds, time.Since(t).Seconds())
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return seconds, nil
}

// training is what was measured of the steps of a training on a table, over all rounds.
type training struct {
	perEpoch int       // steps of an epoch
	first    []float64 // seconds from the call to the end of the first step: what is made once, and the first shuffle
	shuffled []float64 // seconds of later steps that begin an epoch
	plain    []float64 // seconds of other steps
}

// add trains on a table until the budget is spent, not counting the first step, for two steps at least, and notes the times.
func (m *training) add(ctx context.Context, f flow.Flow, x diffeo.Matrix[float32], batch, threads int, budget time.Duration) error {
	params, err := diffeo.Init(f, 0)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	m.perEpoch = max(1, x.Rows/batch)
	last, begin, enough := time.Now(), time.Time{}, false
	progress := func(p train.Progress) {
		now := time.Now()
		seconds := now.Sub(last).Seconds()
		switch {
		case p.Step == 1:
			m.first, begin = append(m.first, seconds), now
		case (p.Step-1)%m.perEpoch == 0:
			m.shuffled = append(m.shuffled, seconds)
		default:
			m.plain = append(m.plain, seconds)
		}
		if p.Step > 2 && now.Sub(begin) >= budget {
			enough = true
			stop()
		}
		last = time.Now()
	}
	_, err = train.MaximumLikelihood(ctx, f, params, train.Data[float32]{X: x}, train.Data[float32]{},
		train.Config{Steps: 1 << 30, Batch: batch, Threads: threads, Patience: -1, Progress: progress})
	if enough && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// step is the seconds of a step with its share of the shuffle, which happens once in an epoch. Where the budget did not last
// for a whole epoch, the shuffle is what the first step took longer than that of the smallest table.
func (m *training) step(smallest *training) float64 {
	if len(m.plain) == 0 { // every step begins an epoch
		return median(m.shuffled)
	}
	plain := median(m.plain)
	shuffle := median(m.shuffled) - plain
	if len(m.shuffled) == 0 {
		shuffle = slices.Min(m.first) - slices.Min(smallest.first)
	}
	return plain + max(0, shuffle)/float64(m.perEpoch)
}

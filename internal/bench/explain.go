package bench

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"diffeo/cpu"
	"diffeo/param"
)

// Explain writes the plan of a workload's training step: stages, tiles, memory, and the time of each kind of operation on one thread with
// its rate and the share of the peak of matrix products; and the share of the floor that the whole step reaches.
func Explain(ctx context.Context, w Workload, out io.Writer) error {
	bound, err := w.Flow().Bind()
	if err != nil {
		return err
	}
	s, err := newStep(bound, param.New(bound.Specs, 0), w, 1)
	if err != nil {
		return err
	}
	var times []float64
	for n := range 13 {
		begin := time.Now()
		if _, err := s.run(ctx); err != nil {
			return err
		}
		if n >= 3 { // the first ones warm up
			times = append(times, time.Since(begin).Seconds())
		}
	}
	slices.Sort(times)
	took, peak := times[len(times)/2], cpu.Peak[float32]()
	e, err := s.p.Explain(ctx, &s.args, 10)
	if err != nil {
		return err
	}
	p := &printer{w: out}
	p.f("%s: a training step of %d rows, one thread, %s, products reach %.0f GFLOP/s in the cache\n", w.Name, e.Rows, cpu.InstructionSet(), peak)
	p.f("%d tiles of %d rows, %d shards; shared values %s, sums of a shard %s, kept between stages %s\n",
		e.Tiles, e.TileRows, e.Shards, megabytes(e.ArenaBytes), megabytes(e.ShardBytes), megabytes(e.SpillBytes))
	f := w.Floor()
	p.f("floor: a step multiplies and adds %.4g GFLOP at least (%.4g with the zeros of masks), %.3f ms at this rate; it took %.3f ms: %.0f %%\n",
		f.Train, f.TrainDense, 1e3*f.Train/peak, 1e3*took, 100*f.Train/peak/took)
	p.f("floor: a row's density or draw %.4g MFLOP, %.3f ms for %d rows\n", 1e3*f.Row, 1e3*f.Row*float64(w.EvalBatch)/peak, w.EvalBatch)
	for i, st := range e.Stages {
		if st.Shared {
			p.f("\nstage %d, shared: %d instructions in %d waves, %.3f ms\n", i, st.Instructions, st.Waves, 1e3*st.Seconds)
		} else {
			p.f("\nstage %d, rows: %d instructions a tile, tile memory %s, %.3f ms\n", i, st.Instructions, megabytes(st.TileBytes), 1e3*st.Seconds)
		}
		for _, o := range st.Ops {
			p.f("  %-26s %6d  %9.3f ms", o.Kind, o.Count, 1e3*o.Seconds)
			if o.GFLOP > 0 && o.Seconds > 0 {
				rate := o.GFLOP / o.Seconds
				p.f("  %6.1f GFLOP/s, %3.0f %% of the peak", rate, 100*rate/peak)
			}
			p.f("\n")
		}
	}
	return p.err
}

// printer writes until the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) f(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func megabytes(bytes int) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }

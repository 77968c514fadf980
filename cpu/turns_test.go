package cpu_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"diffeo/cpu"
)

// A step of images that is stopped ends, wherever its tiles wait for each other, and the next one is whole.
func TestStoppedInTurn(t *testing.T) {
	g, _, weights := imageStep(t, imageFlow)
	p := compile[float32](t, g, cpu.Options{Threads: 3})
	const rows = 43 // six tiles
	args := imageArgs(p, g, weights, rows)
	begin := time.Now()
	if err := p.Run(context.Background(), &args); err != nil {
		t.Fatal(err)
	}
	whole, want := time.Since(begin), append([]float32(nil), args.Out[0].Data...)
	stopped := 0
	const tries = 40
	for n := range tries {
		ctx, cancel := context.WithTimeout(context.Background(), whole*time.Duration(n)/tries)
		if err := p.Run(ctx, &args); errors.Is(err, context.DeadlineExceeded) {
			stopped++
		} else if err != nil {
			t.Fatal(err)
		}
		cancel()
	}
	if stopped == 0 {
		t.Error("no call was stopped")
	}
	for i := range args.Out[0].Data {
		args.Out[0].Data[i] = 0
	}
	if err := p.Run(context.Background(), &args); err != nil {
		t.Fatal(err)
	}
	if args.Out[0].Data[0] != want[0] {
		t.Errorf("the loss is %g after calls that were stopped, %g before", args.Out[0].Data[0], want[0])
	}
	if e, err := p.Explain(context.Background(), &args, 1); err != nil || e.Tiles < 3 || e.Shards != 1 {
		t.Errorf("%d tiles, %d shards (%v), want several and one", e.Tiles, e.Shards, err)
	}
}

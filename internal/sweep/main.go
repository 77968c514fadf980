// Command sweep measures how the time a row takes depends on the size of the data set, of the batch, and on the number of columns, and
// writes for each a table (CSV) and a chart (SVG). The figures of docs/performance.md come from
//
//	go run ./internal/sweep -what rows,batch,dim -out docs/img
//
// on a machine that does nothing else. All sizes are measured in turn, several times over, and medians count, so that a machine that
// becomes slower meanwhile does so for all of them.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// config says how to measure.
type config struct {
	out     string        // folder of the results
	threads int           // workers of the engine
	budget  time.Duration // of one measurement of one size
	rounds  int           // measurements of each size
	largest int           // sizes above this one are left out
	log     io.Writer
}

// sweeps by name.
var sweeps = map[string]func(context.Context, config) error{"rows": sweepRows, "batch": sweepBatch, "dim": sweepDim}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "sweep: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, log io.Writer) error {
	c := config{log: log}
	f := flag.NewFlagSet("sweep", flag.ContinueOnError)
	f.SetOutput(log)
	what := f.String("what", "rows,batch,dim", "what to vary, separated by commas")
	f.StringVar(&c.out, "out", filepath.Join("docs", "img"), "folder for NAME.csv and NAME.svg")
	f.IntVar(&c.threads, "threads", 1, "workers")
	f.IntVar(&c.rounds, "rounds", 3, "times that each size is measured, in turn with the others")
	f.IntVar(&c.largest, "largest", 1e7, "leave out sizes above this one")
	f.DurationVar(&c.budget, "budget", time.Second, "time for one measurement of one size")
	if err := f.Parse(args); err != nil {
		return err
	}
	if c.threads < 1 || c.rounds < 1 || c.budget <= 0 || f.NArg() > 0 {
		return fmt.Errorf("-threads, -rounds and -budget must be positive, and there are no arguments: %v", args)
	}
	if err := os.MkdirAll(c.out, 0o755); err != nil {
		return err
	}
	names := strings.Split(*what, ",")
	for _, name := range names {
		if sweeps[name] == nil {
			return fmt.Errorf("-what %s: there is no sweep %q; choose among rows, batch, dim", *what, name)
		}
	}
	for _, name := range names {
		if err := sweeps[name](ctx, c); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// upTo leaves out the sizes above c.largest.
func (c config) upTo(sizes ...int) ([]int, error) {
	kept := slices.DeleteFunc(sizes, func(n int) bool { return n > c.largest })
	if len(kept) < 2 {
		return nil, fmt.Errorf("-largest %d leaves less than two sizes of %v", c.largest, sizes)
	}
	return kept, nil
}

// tell says how far a sweep is; that this cannot be said is no reason to stop.
func (c config) tell(what string, round, size int) {
	_, _ = fmt.Fprintf(c.log, "%s, round %d of %d: %d\n", what, round+1, c.rounds, size)
}

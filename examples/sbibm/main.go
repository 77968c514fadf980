// Command sbibm fits posteriors of four tasks of the benchmark of simulation-based inference (Lueckmann et al., arXiv 2101.04653) by the command line,
// diffeo fit, sample and calibrate, and compares their draws with the benchmark's reference draws by its classifier two-sample test:
//
//	go build -o bin/diffeo ./cmd/diffeo
//	go run ./examples/sbibm -diffeo bin/diffeo -python python3 -results docs/sbibm.jsonl
//	go run ./examples/sbibm -results docs/sbibm.jsonl -report docs/sbibm.md
//
// What is in the file of results is not measured again. The folder shared holds the reference draws, the published figures and the test; PYTHON needs numpy and scikit-learn.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "sbibm: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("sbibm", flag.ContinueOnError)
	b := bench{}
	f.StringVar(&b.binary, "diffeo", filepath.Join("bin", "diffeo"), "the command")
	f.StringVar(&b.python, "python", "python3", "with numpy and scikit-learn")
	f.StringVar(&b.shared, "shared", filepath.Join("..", "shared"), "folder with reference draws and the test")
	f.StringVar(&b.results, "results", "sbibm.jsonl", "file of results, which is appended to")
	only := f.String("tasks", "", "names of tasks, separated by commas (default: all)")
	sizes := f.String("sizes", "1000,10000", "numbers of simulations")
	seeds := f.String("seeds", "1,2,3", "of simulations and fits")
	observations := f.String("observations", "1,2,3", "numbers of the benchmark's observations")
	report := f.String("report", "", "file of the table; then nothing is measured")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *report != "" {
		return b.report(*report)
	}
	var lists [3][]int
	for i, text := range []string{*sizes, *seeds, *observations} {
		for _, part := range strings.Split(text, ",") {
			n, err := strconv.Atoi(part)
			if err != nil || n < 1 {
				return fmt.Errorf("%q is no list of numbers above 0", text)
			}
			lists[i] = append(lists[i], n)
		}
	}
	chosen := tasks
	if *only != "" {
		chosen = nil
		for _, name := range strings.Split(*only, ",") {
			t, err := find(name)
			if err != nil {
				return err
			}
			chosen = append(chosen, t)
		}
	}
	for _, seed := range lists[1] {
		for _, size := range lists[0] {
			for _, t := range chosen {
				if err := b.measure(ctx, t, size, seed, lists[2]); err != nil {
					return fmt.Errorf("%s, %d simulations, seed %d: %w", t.name, size, seed, err)
				}
			}
		}
	}
	return nil
}

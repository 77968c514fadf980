// Command posteriordb approximates ten posteriors of posteriordb (https://github.com/stan-dev/posteriordb) by flows, beside normals, and compares them with
// reference draws. It writes docs/posteriordb.md:
//
//	go run ./examples/posteriordb -out docs/posteriordb.md
//
// The folder shared holds the data and the draws.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"diffeo/data"
	"diffeo/internal/atomicfile"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "posteriordb: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	f := flag.NewFlagSet("posteriordb", flag.ContinueOnError)
	shared := f.String("shared", filepath.Join("..", "shared"), "folder with the data")
	only := f.String("only", "", "posteriors, separated by commas (default: all)")
	path := f.String("out", "", "file of the table (default: standard output)")
	steps := f.Int("steps", 3000, "of each fit")
	draws := f.Int("draws", 20000, "that are compared")
	seed := f.Uint64("seed", 1, "of first weights and draws")
	if err := f.Parse(args); err != nil {
		return err
	}
	var names []string
	if *only != "" {
		names = strings.Split(*only, ",")
	}
	var b strings.Builder
	b.WriteString(introduction)
	for _, m := range models {
		if !chosen(names, m.name) {
			continue
		}
		d, err := readObserved(*shared, m.table)
		if err != nil {
			return err
		}
		reference, err := readReference(*shared, m)
		if err != nil {
			return err
		}
		began := time.Now()
		list, err := fit(ctx, m, d, reference, *steps, *draws, *seed)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		_, _ = fmt.Fprintf(os.Stderr, "%s: %.1f s\n", m.name, time.Since(began).Seconds())
		for _, o := range list {
			fmt.Fprintf(&b, "| %s | %d | %s | %.3f | %.2f | %.2f | %.3f (%.3f) | %.1f %% (%.1f %%) | %s |\n", m.name, m.free, o.family, o.bound, o.share, o.k,
				o.mean, o.plainMean, 100*o.deviation, 100*o.plainSpread, map[bool]string{true: "yes", false: "no"}[o.good()])
		}
	}
	if *path == "" {
		_, err := io.WriteString(out, b.String())
		return err
	}
	file, err := atomicfile.Create(*path)
	if err != nil {
		return err
	}
	defer file.Abort()
	if _, err := io.WriteString(file, b.String()); err != nil {
		return err
	}
	return file.Commit()
}

const introduction = `# Posteriors

Ten posteriors of [posteriordb](https://github.com/stan-dev/posteriordb), approximated with package ` + "`infer`" + ` and compared with its 10,000 reference draws. Written by
` + "`go run ./examples/posteriordb -out docs/posteriordb.md`" + `; the models are beside that program.

Each starts from a normal at the mode and is fitted by reverse KL with path gradients, 3000 steps of 128 draws. *Mean* is the largest distance of a parameter's mean from the
reference's, in reference deviations, by 20,000 draws with smoothed importance weights, and in brackets without weights; *deviation* the largest error of a standard deviation. Good is a
mean within 0.1, deviations within 10 %, and k̂ below 0.7. *Bound* is the evidence lower bound, up to the constant of the target; *effective* the share of the draws that the weights leave.

| posterior | parameters | family | bound | effective | k̂ | mean | deviation | good |
|---|---|---|---|---|---|---|---|---|
`

// readReference is the reference draws, column by column in the order of the model's names.
func readReference(shared string, m model) ([][]float64, error) {
	path := filepath.Join(shared, "data", "posteriordb", "draws", m.name+".parquet")
	t, err := data.ReadTable(path, data.Options{})
	if err != nil {
		return nil, err
	}
	if t, err = t.Select(m.names); err != nil {
		return nil, err
	}
	out := make([][]float64, len(m.names))
	for r := range t.Values.Rows {
		for k, x := range t.Values.Row(r) {
			out[k] = append(out[k], x)
		}
	}
	return out, nil
}

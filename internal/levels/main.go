// Command levels compares the instruction sets of the engine: it builds the command diffeo with its assembly and without
// (build tag purego), times a workload with each instruction set forced, in turn, and prints milliseconds, and how many times as long as
// AVX2 each takes.
//
//	go run ./internal/levels -file docs/bench/maf-200.json -workload X1
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// A level is a build and what DIFFEO_CPU asks it for.
type level struct{ name, tags, cpu string }

var levels = []level{{"avx512", "", "avx512"}, {"avx2", "", "avx2"}, {"generic", "", "generic"}, {"purego", "purego", ""}}

// reference is the level that the others are compared with.
const reference = "avx2"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "levels: %v\n", err)
		os.Exit(1)
	}
}

// line is what is read of a line of `diffeo bench`.
type line struct {
	Op       string  `json:"op"`
	CPU      string  `json:"cpu"`
	MedianMS float64 `json:"median_ms"`
}

// times holds the milliseconds of each round, by level and operation.
type times map[string]map[string][]float64

func (t times) add(level, op string, ms float64) {
	if t[level] == nil {
		t[level] = map[string][]float64{}
	}
	t[level][op] = append(t[level][op], ms)
}

func run(ctx context.Context, args []string, out io.Writer) error {
	f := flag.NewFlagSet("levels", flag.ContinueOnError)
	f.SetOutput(out)
	file := f.String("file", "", "workloads file")
	workload := f.String("workload", "", "key of the workload in it")
	ops := f.String("ops", "train,logprob,sample", "operations, as diffeo bench has them")
	threads := f.Int("threads", 1, "workers")
	rounds := f.Int("rounds", 3, "times that each level is measured, in turn with the others; the median counts")
	budget := f.Float64("budget", 1, "seconds for each operation")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *file == "" || *workload == "" || *rounds < 1 || f.NArg() > 0 {
		return fmt.Errorf("-file and -workload are needed, -rounds must be positive, and there are no arguments: %v", args)
	}
	folder, err := os.MkdirTemp("", "levels")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	measured := times{}
	skipped := map[string]string{}
	for round := range *rounds {
		for _, l := range levels {
			binary := filepath.Join(folder, "diffeo-"+l.tags)
			if round == 0 {
				if err := command(ctx, io.Discard, nil, "go", "build", "-tags", l.tags, "-o", binary, "diffeo/cmd/diffeo"); err != nil {
					return err
				}
			}
			var text bytes.Buffer
			err := command(ctx, &text, []string{"DIFFEO_CPU=" + l.cpu}, binary, "bench", *file, "--workload", *workload, "--ops", *ops,
				"--threads", strconv.Itoa(*threads), "--budget", strconv.FormatFloat(*budget, 'g', -1, 64))
			if err != nil {
				return err
			}
			if err := read(&text, l, measured, skipped); err != nil {
				return err
			}
		}
	}
	return report(out, strings.Split(*ops, ","), measured, skipped)
}

// command runs a program; its error holds what it said.
func command(ctx context.Context, out io.Writer, env []string, name string, args ...string) error {
	c := exec.CommandContext(ctx, name, args...)
	var problem bytes.Buffer
	c.Env, c.Stdout, c.Stderr = append(os.Environ(), env...), out, &problem
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", filepath.Base(name), strings.Join(args, " "), err, strings.TrimSpace(problem.String()))
	}
	return nil
}

// read notes the lines of a level. One that the machine lacks, so that another took its place, is skipped.
func read(text io.Reader, l level, t times, skipped map[string]string) error {
	want := l.cpu
	if want == "" {
		want = "generic"
	}
	d := json.NewDecoder(text)
	for d.More() {
		var x line
		if err := d.Decode(&x); err != nil {
			return fmt.Errorf("%s: what diffeo bench printed is not JSON: %w", l.name, err)
		}
		if x.CPU != want {
			skipped[l.name] = x.CPU
			continue
		}
		t.add(l.name, x.Op, x.MedianMS)
	}
	return nil
}

// report prints the table: a line for each level, and for each operation milliseconds and their ratio to the reference.
func report(out io.Writer, ops []string, t times, skipped map[string]string) error {
	var b strings.Builder
	b.WriteString("level\t")
	for _, op := range ops {
		fmt.Fprintf(&b, "%s, ms\t÷ %s\t", op, reference)
	}
	b.WriteString("\n")
	for _, l := range levels {
		if has, ok := skipped[l.name]; ok {
			fmt.Fprintf(&b, "%s\t  (this machine and build has %s)\n", l.name, has)
			continue
		}
		fmt.Fprintf(&b, "%s\t", l.name)
		for _, op := range ops {
			mine, other := median(t[l.name][op]), median(t[reference][op])
			if mine == 0 || other == 0 { // not measured
				fmt.Fprintf(&b, "%.4g\t–\t", mine)
				continue
			}
			fmt.Fprintf(&b, "%.4g\t%.2f\t", mine, mine/other)
		}
		b.WriteString("\n")
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	return w.Flush()
}

// median of some numbers, 0 of none.
func median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	x = slices.Sorted(slices.Values(x))
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

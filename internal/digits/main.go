// Command digits measures the recipe glow on MNIST by diffeo fit, beside normflows' Glow with the same sizes on the same pictures, and lets a classifier
// read what is drawn:
//
//	go run ./internal/digits -python PYTHON -seeds 0,1,2
//	go run ./internal/digits -python PYTHON -seeds 0 -steps 6000 -who classes -keep classes.safetensors
//	go run ./internal/digits -model classes.safetensors -pictures docs/img/pictures
//	go run ./internal/digits -report docs/digits.md
//
// The first 50,000 pictures of the training file are learned, the last 10,000 held out. Each run is a line of the file of results (-out), and those that are there are
// not repeated; -report writes the page from them. PYTHON needs torch and normflows.
package main

import (
	"context"
	"errors"
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

	"diffeo/internal/jsonlines"
)

// config says what to measure, and where things are.
type config struct {
	shared, out, report, binary, python string
	scratch                             string // parts of the pictures, models, what is drawn
	keep                                string // where the model of the classes stays
	model, pictures                     string // a model of the classes, and the folder for pictures from it
	who                                 []string
	seeds                               []int
	steps, threads, held                int
	log                                 io.Writer
}

// Who is measured.
const (
	ours    = "diffeo"    // the small preset
	theirs  = "normflows" // its Glow with the preset's sizes
	classes = "classes"   // ours with settings of its own (byClasses), given the classes, whose draws are read by a classifier
)

var everybody = []string{ours, theirs, classes}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "digits: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, log io.Writer) error {
	c, err := parse(args, log)
	if err != nil {
		return err
	}
	if c.report != "" {
		return c.writeReport()
	}
	if c.scratch, err = os.MkdirTemp("", "digits"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(c.scratch) }()
	if c.binary == "" {
		c.binary = filepath.Join(c.scratch, "diffeo")
		build := exec.CommandContext(ctx, "go", "build", "-o", c.binary, "./cmd/diffeo")
		build.Stderr = log
		if err := build.Run(); err != nil {
			return fmt.Errorf("building the command: %w", err)
		}
	}
	if err := c.split(); err != nil {
		return err
	}
	if c.pictures != "" {
		return c.drawPictures(ctx)
	}
	return c.measure(ctx)
}

func parse(args []string, log io.Writer) (c config, err error) {
	c.log = log
	f := flag.NewFlagSet("digits", flag.ContinueOnError)
	f.SetOutput(log)
	f.StringVar(&c.shared, "shared", filepath.Join("..", "shared"), "folder with data")
	f.StringVar(&c.out, "out", filepath.Join("docs", "digits.jsonl"), "file of results, appended to")
	f.StringVar(&c.report, "report", "", "write this page from the results, and measure nothing")
	f.StringVar(&c.binary, "binary", "", "the diffeo to run (default: built from this tree)")
	f.StringVar(&c.python, "python", "python3", "with torch and normflows")
	f.StringVar(&c.keep, "keep", "", "file that the model of the classes is copied to; beside it lies the state of its training, from which the same command goes on if it was stopped")
	f.StringVar(&c.model, "model", "", "model of the classes that pictures are drawn from")
	f.StringVar(&c.pictures, "pictures", "", "folder that the pictures of docs/images.md are written to, from -model; nothing is measured")
	f.IntVar(&c.steps, "steps", 2000, "of training")
	f.IntVar(&c.threads, "threads", 2, "of each run")
	f.IntVar(&c.held, "held", 10_000, "pictures at the end of the training file that are held out")
	who := f.String("who", ours+","+theirs, "who is measured: "+strings.Join(everybody, ", "))
	seeds := f.String("seeds", "0,1,2", "of first weights, of the order of pictures and of their noise")
	if err := f.Parse(args); err != nil {
		return c, err
	}
	if f.NArg() > 0 || c.steps < 1 || c.threads < 1 || c.held < 1 {
		return c, fmt.Errorf("no arguments, and at least one step, thread and picture: %v", args)
	}
	if (c.model == "") != (c.pictures == "") {
		return c, errors.New("-model and -pictures go together")
	}
	for _, name := range strings.Split(*who, ",") {
		if !slices.Contains(everybody, name) {
			return c, fmt.Errorf("-who %s: %q is none of %v", *who, name, everybody)
		}
		c.who = append(c.who, name)
	}
	for _, text := range strings.Split(*seeds, ",") {
		seed, err := strconv.Atoi(text)
		if err != nil || seed < 0 {
			return c, fmt.Errorf("-seeds %s: %q is no seed", *seeds, text)
		}
		c.seeds = append(c.seeds, seed)
	}
	return c, nil
}

// result is what a run gave.
type result struct {
	Who        string  `json:"who"`
	Version    string  `json:"version,omitempty"` // of another library
	Flags      string  `json:"flags,omitempty"`   // of diffeo fit
	Seed       int     `json:"seed"`
	Steps      int     `json:"steps"`
	Batch      int     `json:"batch"`
	Threads    int     `json:"threads"`
	Parameters int     `json:"parameters"`
	Seconds    float64 `json:"seconds"`   // ours of the whole process, theirs of the training steps alone
	Memory     int     `json:"memory_mb"` // the peak of the process
	Bits       float64 `json:"bits"`      // per dimension of the held-out pictures, with one draw of uniform noise each
	Error      float64 `json:"error,omitempty"`

	Curve *curve `json:"curve,omitempty"` // of ours
	Read  *read  `json:"read,omitempty"`  // of classes
}

// curve is the validation on the way, in bits per dimension.
type curve struct {
	Steps []int     `json:"steps"`
	Bits  []float64 `json:"bits"`
}

func (r result) key() string { return fmt.Sprintf("%s/%d/%d", r.Who, r.Seed, r.Steps) }

// measure runs what is missing, and appends every result as soon as it is there.
func (c config) measure(ctx context.Context) error {
	have, err := jsonlines.Read[result](c.out)
	if err != nil {
		return err
	}
	for _, seed := range c.seeds {
		for _, who := range c.who {
			r := result{Who: who, Seed: seed, Steps: c.steps, Batch: batch, Threads: c.threads}
			if slices.ContainsFunc(have, func(h result) bool { return h.key() == r.key() }) {
				continue
			}
			switch who {
			case theirs:
				err = c.fitTheirs(ctx, &r)
			default:
				err = c.fitOurs(ctx, &r)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", r.key(), err)
			}
			if err := jsonlines.Append(c.out, r); err != nil {
				return err
			}
			_, _ = fmt.Fprintf(c.log, "%s: %.4f bits per dimension, %.0f s\n", r.key(), r.Bits, r.Seconds)
		}
	}
	return nil
}

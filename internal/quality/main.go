// Command quality measures how well flows describe real tables, by diffeo fit as a process of its own, beside other libraries on the same rows:
//
//	go run ./internal/quality -shared ../shared -sets galaxy,california_dq -models maf,default -seeds 0,1,2
//	go run ./internal/quality -shared ../shared -sets galaxy -seeds 0 -threads 2 -race -python PYTHON
//	go run ./internal/quality -shared ../shared -sets bsds300 -seeds 0 -long 20000
//	go run ./internal/quality -shared ../shared -angles -seeds 0
//	go run ./internal/quality -shared ../shared -report docs/results.md
//	go run ./internal/quality -shared ../shared -anomalies -seeds 0,1,2
//	go run ./internal/quality -anomalies -report docs/anomaly.md
//
// The folder shared holds the tables and the figures of the other libraries, with the protocol that made them. Each run is a line of
// the file of results (-out), and those that are there are not repeated; -report writes the page from them.
package main

import (
	"context"
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
	"sync"

	"diffeo/internal/jsonlines"
)

// config says what to measure, and where things are.
type config struct {
	shared, out, report, binary string
	scratch                     string // models and scored rows
	sets, models                []string
	seeds                       []int
	members                     int
	try                         string // NAME: FLAGS, a model that is in no table
	jobs, threads               int
	race                        bool
	angles, anomalies           bool
	long                        int    // steps, or 0
	python                      string // with the libraries, for races
	log                         io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "quality: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, log io.Writer) error {
	c, err := parse(args, log)
	if err != nil {
		return err
	}
	if c.report != "" && c.anomalies {
		return writeAnomalies(c)
	}
	if c.report != "" {
		return writeReport(c)
	}
	if c.scratch, err = os.MkdirTemp("", "quality"); err != nil {
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
	if c.race {
		return c.races(ctx)
	}
	if c.long > 0 {
		return c.longer(ctx)
	}
	if c.angles {
		return c.measureAngles(ctx)
	}
	if c.anomalies {
		return c.measureAnomalies(ctx)
	}
	return c.measure(ctx)
}

// raceFile is beside the results.
func (c config) raceFile() string { return strings.TrimSuffix(c.out, ".jsonl") + "-race.jsonl" }

func parse(args []string, log io.Writer) (c config, err error) {
	c.log = log
	f := flag.NewFlagSet("quality", flag.ContinueOnError)
	f.SetOutput(log)
	f.StringVar(&c.shared, "shared", filepath.Join("..", "shared"), "folder with data and bench")
	f.StringVar(&c.out, "out", filepath.Join("docs", "results.jsonl"), "file of results, appended to")
	f.StringVar(&c.report, "report", "", "write this page from the results, and measure nothing")
	f.StringVar(&c.binary, "binary", "", "the diffeo to run (default: built from this tree)")
	f.StringVar(&c.try, "try", "", "NAME: FLAGS of diffeo fit, a model that is in no table")
	f.IntVar(&c.jobs, "jobs", 1, "runs side by side")
	f.IntVar(&c.threads, "threads", 1, "of each run")
	f.BoolVar(&c.race, "race", false, "measure the time until fit is as good as the best library, and that library's, with -threads 2 on a quiet machine")
	f.IntVar(&c.long, "long", 0, "train without options for so many steps, and keep the validation curve")
	f.BoolVar(&c.angles, "angles", false, "measure tables of angles beside mixtures of von Mises densities; -try then only adds flags of diffeo fit, in which "+asMixture+" stands for the mixture's components")
	f.IntVar(&c.members, "members", 1, "with -angles, flows of each fold, each with another tenth for validation, whose mean density counts")
	f.BoolVar(&c.anomalies, "anomalies", false, "measure how well scores tell anomalies (docs/anomaly.jsonl, and docs/anomaly.md from it), with -report too")
	f.StringVar(&c.python, "python", "python3", "with torch, zuko and nflows, for -race")
	sets := f.String("sets", "", "tables, separated by commas (default: all but "+strings.Join(large, ", ")+")")
	which := f.String("models", "", "models, separated by commas (default: all of the table)")
	seeds := f.String("seeds", "0,1,2", "seeds")
	if err := f.Parse(args); err != nil {
		return c, err
	}
	if f.NArg() > 0 || c.jobs < 1 || c.threads < 1 || c.members < 1 || c.members >= folds {
		return c, fmt.Errorf("no arguments, and at least one job, thread and member: %v", args)
	}
	all := names(tables)
	if c.angles {
		all = angleNames()
	}
	if c.anomalies {
		all = anomalyNames()
	}
	if c.sets, err = choose(*sets, all, func(n string) bool { return !slices.Contains(large, n) }); err != nil {
		return c, err
	}
	if c.models, err = choose(*which, names(models), func(string) bool { return true }); err != nil {
		return c, err
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

// choose is the names of a list, all that are usual if it is empty.
func choose(list string, all []string, usual func(string) bool) ([]string, error) {
	if list == "" {
		return slices.DeleteFunc(slices.Clone(all), func(n string) bool { return !usual(n) }), nil
	}
	chosen := strings.Split(list, ",")
	for _, n := range chosen {
		if !slices.Contains(all, n) {
			return nil, fmt.Errorf("there is no %q; choose among %s", n, strings.Join(all, ", "))
		}
	}
	return chosen, nil
}

// measure runs what is missing, and appends every result as soon as it is there.
func (c config) measure(ctx context.Context) error {
	done, err := measured[result](c.out)
	if err != nil {
		return err
	}
	chosen, err := c.chosen()
	if err != nil {
		return err
	}
	var jobs []job
	for _, set := range c.sets {
		for _, seed := range c.seeds {
			for _, m := range chosen {
				if j := (job{set: set, model: m, seed: seed}); !done[j.key()] && m.fits(set) {
					jobs = append(jobs, j)
				}
			}
		}
	}
	queue, failed := make(chan job), make([]error, c.jobs)
	var workers sync.WaitGroup
	var out sync.Mutex
	for w := range c.jobs {
		workers.Go(func() {
			for j := range queue {
				if failed[w] != nil {
					continue
				}
				r, err := c.fit(ctx, j)
				out.Lock()
				if err == nil {
					err = jsonlines.Append(c.out, r)
				}
				out.Unlock()
				if failed[w] = err; err != nil {
					failed[w] = fmt.Errorf("%s: %w", j.key(), err)
				}
			}
		})
	}
	for _, j := range jobs {
		queue <- j
	}
	close(queue)
	workers.Wait()
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

// chosen are the models to run: those of the table, or the one that is tried.
func (c config) chosen() (list []modelling, err error) {
	if c.try != "" {
		name, flags, ok := strings.Cut(c.try, ":")
		if !ok {
			return nil, fmt.Errorf("-try %q: give NAME: FLAGS", c.try)
		}
		return []modelling{{name: name, flags: strings.Fields(flags)}}, nil
	}
	for _, m := range models {
		if slices.Contains(c.models, m.name) {
			list = append(list, m)
		}
	}
	return list, nil
}

// Command toys measures how well recipes fit densities of two columns that are known, beside the same recipes of zuko, normflows and flowjax
// on the same rows:
//
//	go run ./internal/toys -densities moons,rings -recipes nsf-ar,maf -seeds 0,1,2 -torch PYTHON -jax PYTHON
//	go run ./internal/toys -skip unaf
//	go run ./internal/toys -report docs/toys.md
//
// A fit is scored by its Kullback–Leibler divergence from the truth, KL(p*‖p) = ∫ p*(x) (log p*(x) − log p(x)) dx, by quadrature. Each is a line of the file
// of results (-out), and those that are there are not repeated; -report writes the page from them. Other libraries are measured where -torch (zuko,
// normflows) and -jax (flowjax) name a Python that has them.
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
	"strconv"
	"strings"
	"syscall"
	"time"

	"diffeo/data"
	"diffeo/internal/jsonlines"
)

// config says what to measure, and how.
type config struct {
	out, report, pictures string
	densities, recipes    []string
	seeds                 []int
	libraries             []string
	torch, jax            string // Python programs

	steps, batch int
	hidden       []int
	rate, clip   float64
	threads      int
	cells        int // along each column of the coarser grid
	log          io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "toys: %v\n", err)
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
	return c.measure(ctx)
}

func parse(args []string, log io.Writer) (c config, err error) {
	c.log, c.clip, c.cells = log, 5, cells
	f := flag.NewFlagSet("toys", flag.ContinueOnError)
	f.SetOutput(log)
	f.StringVar(&c.out, "out", filepath.Join("docs", "toys.jsonl"), "file of results, appended to")
	f.StringVar(&c.report, "report", "", "write this page from the results, and measure nothing")
	f.StringVar(&c.pictures, "pictures", filepath.Join("docs", "img", "toys"), "folder of pictures of the fits with the first seed; empty: none")
	f.StringVar(&c.torch, "torch", "", "Python with zuko and normflows; empty: they are not measured")
	f.StringVar(&c.jax, "jax", "", "Python with flowjax; empty: it is not measured")
	f.IntVar(&c.steps, "steps", 5000, "training steps")
	f.IntVar(&c.batch, "batch", 256, "rows of a step, fresh in every one")
	f.Float64Var(&c.rate, "rate", 3e-3, "learning rate, from which a cosine leads to 0")
	f.IntVar(&c.threads, "threads", 1, "of each fit")
	hidden := f.String("hidden", "64,64", "units of each hidden layer, all equal")
	densities := f.String("densities", "", "separated by commas (default: all)")
	recipes := f.String("recipes", "", "separated by commas (default: all)")
	skip := f.String("skip", "", "recipes that are left out")
	libraries := f.String("libraries", "", ours+", zuko, normflows, flowjax (default: all that there is a Python for)")
	seeds := f.String("seeds", "0,1,2", "of data and first weights")
	if err := f.Parse(args); err != nil {
		return c, err
	}
	if f.NArg() > 0 || c.steps < 1 || c.batch < 1 || c.threads < 1 || !(c.rate > 0) {
		return c, fmt.Errorf("no arguments, and at least one step, row and thread, and a learning rate above 0: %v", args)
	}
	if c.densities, err = choose(*densities, densityNames()); err != nil {
		return c, err
	}
	if c.recipes, err = choose(*recipes, recipeNames()); err != nil {
		return c, err
	}
	if *skip != "" {
		out, err := choose(*skip, recipeNames())
		if err != nil {
			return c, err
		}
		c.recipes = slices.DeleteFunc(c.recipes, func(name string) bool { return slices.Contains(out, name) })
	}
	if c.libraries, err = choose(*libraries, libraryNames); err != nil {
		return c, err
	}
	c.libraries = slices.DeleteFunc(c.libraries, func(name string) bool { return name != ours && c.python(name) == "" })
	if c.seeds, err = numbers("seeds", *seeds, 0); err != nil {
		return c, err
	}
	c.hidden, err = numbers("hidden", *hidden, 1)
	return c, err
}

var libraryNames = []string{ours, "zuko", "normflows", "flowjax"}

func densityNames() (names []string) {
	for _, t := range data.Toys() {
		names = append(names, t.Name)
	}
	return names
}

// choose is the names of a list, all if it is empty.
func choose(list string, all []string) ([]string, error) {
	if list == "" {
		return slices.Clone(all), nil
	}
	chosen := strings.Split(list, ",")
	for _, n := range chosen {
		if !slices.Contains(all, n) {
			return nil, fmt.Errorf("there is no %q; choose among %s", n, strings.Join(all, ", "))
		}
	}
	return chosen, nil
}

// numbers are whole ones, separated by commas.
func numbers(flag, list string, least int) (out []int, err error) {
	for _, text := range strings.Split(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < least {
			return nil, fmt.Errorf("-%s %s: %q is no whole number from %d on", flag, list, text, least)
		}
		out = append(out, n)
	}
	return out, nil
}

// measure runs what is missing, and appends every result as soon as it is there.
func (c config) measure(ctx context.Context) error {
	have, err := jsonlines.Read[result](c.out)
	if err != nil {
		return err
	}
	done := map[job]bool{}
	for _, r := range have {
		done[r.job()] = true
	}
	rules := map[string]rule{}
	for _, seed := range c.seeds {
		for _, density := range c.densities {
			for _, name := range c.recipes {
				for _, library := range c.libraries {
					j := job{density, name, library, seed}
					e, err := entryOf(name)
					if err != nil {
						return err
					}
					if done[j] || library != ours && !slices.Contains(e.peers, library) {
						continue
					}
					if _, ok := rules[density]; !ok {
						toy, err := data.ToyNamed(density)
						if err != nil {
							return err
						}
						rules[density] = ruleOf(toy, c.cells)
					}
					r, err := c.one(ctx, j, e, rules[density])
					if err != nil {
						return fmt.Errorf("%s on %s by %s: %w", name, density, library, err)
					}
					_, _ = fmt.Fprintf(c.log, "%s %s %s %s %d: KL %.4f (missed %.1e, halved %.1e) %.0f s %s\n", time.Now().Format(time.TimeOnly), density, name, library, seed, r.KL,
						r.Missed, r.Halved, r.Seconds, r.Failed)
					if err := jsonlines.Append(c.out, r); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// one is a fit with its divergence. A density that is not finite somewhere on the grid is a result too.
func (c config) one(ctx context.Context, j job, e entry, q rule) (r result, err error) {
	var logp []float64
	if j.library == ours {
		var score scorer
		if r, score, err = c.fit(ctx, j, e); err != nil {
			return r, err
		}
		if logp, err = score(q.points()); err != nil {
			return r, err
		}
		if c.pictures != "" && j.seed == c.seeds[0] {
			if err := c.picture(j, score); err != nil {
				return r, err
			}
		}
	} else if r, logp, err = c.fitPeer(ctx, j, e, q.points()); err != nil || r.Failed != "" {
		return r, err
	}
	m, err := q.divergence(logp)
	if err != nil {
		r.Failed = err.Error()
		return r, nil
	}
	r.measured = m
	return r, nil
}

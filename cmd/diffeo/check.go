package main

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"diffeo/check"
	"diffeo/data"
	"diffeo/model"
	"diffeo/report"
)

const checkHelp = `Check whether the numbers of MODEL can be trusted, at rows of TABLE. Best is a table that the model was not trained on; without
one, rows are drawn from the model, and what needs a table is not asked. A model with context needs one.

  round trip      do sampling's and scoring's maps undo each other, x→u→x and u→x→u
  log-det         are log-determinants those of the Jacobian, by differences in float64; both directions
  preprocessing   is the Jacobian of the preprocessing in the log-densities, so that they are in the data's own units
  finite scores   do all rows have a finite log-density
  integral        does the density integrate to 1; up to 6 columns
  PIT             are the rows distributed as the model says: their base coordinates through the base's distribution function
  ranks           are the rows' places among draws uniform, in each column
  coverage        do regions to which the model gives a probability hold that share of the rows
  columns         is each column by itself distributed as draws are (Kolmogorov–Smirnov)
  tails           do as many rows as should lie beyond the model's quantiles of 0.1, 1, 99 and 99.9 %
  energy distance are rows as far from draws as from each other
  C2ST            can a classifier tell rows from draws

Every check prints its verdict, what was measured, what is allowed, and what that means. Verdicts are pass, warn, fail, and inconclusive where
a question was not asked or its answer is too uncertain. docs/check.md says what they cannot see.

` + pictureCheckHelp + `

--report FILE.html writes a page for people: the verdict first, and pictures with what to see in them. It needs no other file and no network.

The exit status is 1 if a check fails. With --json one object is printed: verdict, rows (that were checked), table_rows, and checks, a list of
check, verdict, measured, bound, limit, unit, count and meaning.

` + dualityHelp + `

` + tableHelp + `

` + databaseHelp + `

` + pictureHelp

type checking struct {
	someRows
	images         pictureFlags
	model          string
	o              check.Options
	json           bool
	html           string // file of the report
	duality        bool
	target, recipe string // of the duality
}

func newCheck(e *environment) *cobra.Command {
	k := &checking{someRows: someRows{environment: e}}
	c := &cobra.Command{
		Use:   "check {MODEL [TABLE | PICTURES] | --duality}",
		Short: "check whether a model's numbers can be trusted",
		Long:  checkHelp,
		Args:  cobra.MaximumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case k.duality && len(args) > 0:
				return usagef("--duality takes no %s: it fits a flow of its own to --target", args[0])
			case k.duality && k.html != "":
				return usagef("--report is of a MODEL, and --duality has none")
			case k.duality:
				return k.dual(c.Context())
			case len(args) == 0:
				return usagef("give a MODEL to check, or --duality")
			}
			for _, name := range []string{"target", "recipe"} {
				if c.Flags().Changed(name) {
					return usagef("--%s needs --duality", name)
				}
			}
			k.model = args[0]
			if len(args) > 1 {
				k.table = args[1]
			}
			if k.table == "" {
				if err := idle(c.Flags(), "a TABLE"); err != nil {
					return err
				}
			}
			return k.run(c.Context(), c.Flags())
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	k.someRows.flags(flags, "check", 100000)
	k.images.flags(flags)
	flags.IntVar(&k.o.Draws, "draws", 40000, "points of an integral by importance sampling")
	flags.Uint64Var(&k.o.Seed, "seed", 0, "of the rows that are chosen and of what is drawn")
	flags.IntVar(&k.o.Threads, "threads", 0, "processors to use (default: all); results do not depend on it")
	flags.BoolVar(&k.json, "json", false, "print the report as JSON")
	flags.StringVar(&k.html, "report", "", "write the report as a page with pictures, .html, that needs nothing else")
	flags.BoolVar(&k.duality, "duality", false, "fit a known density, and estimate both divergences at the data and at the base")
	flags.StringVar(&k.target, "target", "moons", "known density of --duality: "+strings.Join(toyNames(), ", "))
	flags.StringVar(&k.recipe, "recipe", "realnvp", "recipe of --duality")
	return c
}

func (k *checking) run(ctx context.Context, flags *pflag.FlagSet) error {
	for _, f := range []struct {
		name  string
		value int
	}{{"rows", k.rows}, {"draws", k.o.Draws}} {
		if f.value < 1 {
			return usagef("--%s %d makes no sense; give a number above 0", f.name, f.value)
		}
	}
	if k.html != "" {
		if err := report.CanSave(k.html); err != nil {
			return err
		}
	}
	m, err := model.Load(k.model)
	if err != nil {
		return err
	}
	if m.Image != nil {
		return k.pictures(ctx, m, flags)
	}
	if err := onlyTables(flags, pictureReading, k.model+" is a model of a table"); err != nil {
		return err
	}
	if k.table == "" && len(m.Context) > 0 {
		return usagef("%s is conditioned on %v: give a TABLE with these columns beside %v", k.model, model.Names(m.Context), model.Names(m.Columns))
	}
	rows, total, err := k.read(ctx, m, k.o.Seed)
	if err != nil {
		return err
	}
	found, err := check.Model(ctx, m, rows, k.o)
	if err != nil {
		return err
	}
	return k.conclude(ctx, report.Input{Model: m, Rows: rows, Total: total, Report: found})
}

// conclude writes the page, if one is wanted, and prints what was found.
func (k *checking) conclude(ctx context.Context, in report.Input) error {
	if k.html != "" {
		in.Name, in.Seed, in.Threads = filepath.Base(k.model), k.o.Seed, k.o.Threads
		if k.table != "" {
			in.Table = filepath.Base(data.SourceName(k.table))
		}
		if err := report.Save(ctx, k.html, in); err != nil {
			return err
		}
	}
	if err := k.report(in); err != nil {
		return err
	}
	if failed := in.Report.Failed(); len(failed) > 0 {
		return errors.New(k.model + " fails: " + strings.Join(failed, ", "))
	}
	return nil
}

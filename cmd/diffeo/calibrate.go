package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"diffeo/check"
	"diffeo/data"
	"diffeo/model"
)

const calibrateHelp = `Ask whether MODEL, the density of some columns given others, is as wide as the rows of TABLE say. TABLE has the model's columns and those of its context, and
was not trained on: for a posterior, parameters of the prior and observations that were simulated from them.

Under the context of every row --draws rows are drawn, and the row is looked for among them. Of a calibrated model all of this is uniform:

  ranks      of every column, the row's rank among the draws (simulation-based calibration, arXiv 1804.06788)
  highest    the share of draws that are denser than the row: the expected coverage of regions of highest density (arXiv 2110.06257)
  reference  the share of draws that are nearer than the row to the row with the most similar context, of a quarter that is set apart for it (TARP, arXiv
             2302.03026); a density that leaves out what the context says shows here alone

Each is tested by χ² of a histogram at a level of 1 %, the ranks together (Bonferroni). Printed are the verdict, the probability by chance, and by how much the share of rows
in a region differs from the region's mass at most: what is not by chance, and more than 0.1, fails, and what is more than 0.01 warns. The shares of rows within
regions of highest density and balls around references follow, for some masses.

The exit status is 1 if a test fails. With --json one object is printed: verdict, rows (that were looked for), table_rows, draws, tests, a list of test, column (of ranks), verdict,
probability, distance, counts (of the histogram) and meaning, and coverage, a list of mass, highest and reference.

` + tableHelp + `

` + databaseHelp

type calibrating struct {
	someRows
	model string
	o     check.CalibrationOptions
	json  bool
}

func newCalibrate(e *environment) *cobra.Command {
	k := &calibrating{someRows: someRows{environment: e}}
	c := &cobra.Command{
		Use:   "calibrate MODEL TABLE",
		Short: "check whether a model with context is as wide as it should be",
		Long:  calibrateHelp,
		Args:  cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			k.model, k.table = args[0], args[1]
			return k.run(c.Context())
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	k.someRows.flags(flags, "look at", 2000)
	flags.IntVar(&k.o.Draws, "draws", 500, "draws for each row")
	flags.Uint64Var(&k.o.Seed, "seed", 0, "of the rows that are chosen, of references and of what is drawn")
	flags.IntVar(&k.o.Threads, "threads", 0, "processors to use (default: all); results do not depend on it")
	flags.BoolVar(&k.json, "json", false, "print the report as JSON")
	return c
}

func (k *calibrating) run(ctx context.Context) error {
	switch {
	case k.rows < 1:
		return usagef("--rows %d makes no sense; give a number above 0", k.rows)
	case k.o.Draws < 2:
		return usagef("--draws %d makes no sense; give a number above 1", k.o.Draws)
	}
	m, err := model.Load(k.model)
	if err != nil {
		return err
	}
	if err := ofTables(m, k.model, "diffeo calibrate", "diffeo score gives the bits per dimension of pictures"); err != nil {
		return err
	}
	if len(m.Context) == 0 {
		return usagef("%s has no context: its density is the same for all rows; diffeo check compares it with them", k.model)
	}
	rows, total, err := k.read(ctx, m, k.o.Seed)
	if err != nil {
		return err
	}
	c, err := check.Calibrate(ctx, m, rows, k.o)
	if err != nil {
		if e, ok := errors.AsType[*data.TooFar](err); ok {
			which := fmt.Sprintf("row %d", e.Row+1)
			if rows.X.Rows < total {
				which = "one of the rows that were chosen"
			}
			err = fmt.Errorf("%s: %s, column %s: %s; correct the cell, or drop the row", data.SourceName(k.table), which, e.Column, e.Problem("the rows that the model was fitted to"))
		}
		return err
	}
	if err := k.report(c, total); err != nil {
		return err
	}
	if failed := failedTests(c); len(failed) > 0 {
		return errors.New(k.model + " fails: " + strings.Join(failed, ", "))
	}
	return nil
}

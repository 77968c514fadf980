package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"diffeo/fault"
	"diffeo/internal/bench"
)

const benchHelp = `Time training, scoring and sampling of a flow that a workloads file describes, and print a JSON line for each operation.

The file is a JSON object of workloads by key. A workload has: name; kind (maf or coupling); univariate (affine or rqs, this
with bins and bound); dim; transforms; hidden (units of the conditioner's hidden layers, ReLU); order between autoregressive
transforms (reversed); between couplings (permutation or swap; the first half of the columns, rounded down, conditions the
rest); context (columns of a condition, optional); train_batch and eval_batch.

train is forward, backward and Adam on one fixed batch, without clipping; logprob scores eval_batch rows; logprob1 scores one row;
sample draws eval_batch rows, the noise included; startup is the time from the process's start to the end of the first
training step (PEERS_T0 may hold the start on the system's monotonic clock).`

// longestBudget, in seconds, is an hour: a larger one is a mistake.
const longestBudget = 3600

func newBench(e *environment) *cobra.Command {
	var key, ops string
	var threads int
	var budget float64
	var asJSON, explain bool
	c := &cobra.Command{
		Use:   "bench WORKLOADS.json --workload KEY",
		Short: "time training, scoring and sampling",
		Long:  benchHelp,
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			start := bench.ProcessStart()
			switch {
			case threads < 1:
				return fmt.Errorf("%w: --threads %d: at least 1", fault.ErrConfig, threads)
			case key == "":
				return fmt.Errorf("%w: --workload KEY says which workload of the file to time", fault.ErrConfig)
			case !(budget > 0 && budget <= longestBudget):
				return fmt.Errorf("%w: --budget %g: seconds for each operation, above 0 and at most %d", fault.ErrConfig, budget, longestBudget)
			}
			w, err := bench.Load(args[0], key)
			if err != nil {
				return err
			}
			if explain {
				return bench.Explain(c.Context(), w, e.stdout)
			}
			return bench.Run(c.Context(), w, bench.Config{
				Key: key, Ops: strings.Split(ops, ","), Threads: threads, Version: version(),
				Budget: time.Duration(budget * float64(time.Second)), Start: start,
			}, e.stdout)
		},
	}
	f := c.Flags()
	f.StringVar(&key, "workload", "", "key of the workload in the file")
	f.StringVar(&ops, "ops", strings.Join(bench.Ops(), ","), "operations to time, separated by commas")
	f.IntVar(&threads, "threads", 1, "workers")
	f.Float64Var(&budget, "budget", 1.5, "seconds for each operation")
	f.BoolVar(&explain, "explain", false, "show the plan of a training step instead: stages, tiles, memory, time and rate by operation")
	f.BoolVar(&asJSON, "json", false, "print JSON lines (the only format there is)")
	return c
}

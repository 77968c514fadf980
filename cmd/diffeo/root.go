package main

import (
	"github.com/spf13/cobra"
)

const rootHelp = `Learn an exact, samplable probability density from a table or from pictures, then score and draw rows, or pictures.

  diffeo fit galaxies.csv --out galaxies.safetensors
  diffeo score galaxies.safetensors galaxies.csv --out scored.csv
  diffeo sample galaxies.safetensors -n 1000 --seed 1 --out drawn.csv
  diffeo interval photoz.safetensors --given galaxies.csv --share 0.9
  diffeo info galaxies.safetensors
  diffeo check galaxies.safetensors galaxies.csv
  diffeo calibrate posterior.safetensors heldout.csv
  diffeo plot galaxies.safetensors galaxies.csv --out corner.png
  diffeo fit photos/ --recipe glow --resize 32,32 --out photos.safetensors
  diffeo sample photos.safetensors --grid 8x8 --temperature 0.7 --out grid.png
  diffeo import flow.pt --from zuko --spec flow.json --out flow.safetensors

Tables are CSV (.csv, .tsv, also gzipped) with a header, Parquet, npz, npy arrays, whose columns are called c0, c1, …
or rows of a PostgreSQL database (postgres://…, see fit).
Log-densities are in nats, in the data's own units.

Exit status: 0, 1 if the work failed, 2 if the command line is wrong. No half-written file stays behind.`

func newRoot(e *environment) *cobra.Command {
	root := &cobra.Command{
		Use:           "diffeo",
		Short:         "normalizing flows for tables and pictures",
		Long:          rootHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(newFit(e), newScore(e), newSample(e), newInterpolate(e), newQuantile(e), newInterval(e), newInfo(e), newCheck(e), newCalibrate(e),
		newImport(e), newBench(e), newVersion(e))
	root.AddCommand(newPlot(e))
	for _, c := range root.Commands() {
		run := c.RunE
		c.RunE = func(c *cobra.Command, args []string) error {
			e.running = true // until here every error is one of the command line
			return run(c, args)
		}
	}
	return root
}

package main

import (
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"diffeo/infer"
)

// automatic is what fit takes where no recipe is named: not a recipe, but one with settings.
const automatic = "auto"

// ways are the settings that fit gives a recipe where the command line says nothing: what was steadier or better over the tables of
// docs/results.md than the recipe's own defaults. They go into the model file like any other choice.
var ways = map[string]map[string]string{
	automatic:       {"recipe": "nsf-ar", "transforms": "8", "linear": "lu", "bin-scale": "0.09", "tails": "power", "lr": "0.003", "average": "0.99"},
	"glow":          {"batch": "64"},
	"realnvp-image": {"batch": "64"},
	"iaf":           {"scale-bound": "3"},
	"maf":           {"affine": "data", "scale-bound": "3"},
	"nsf-c":         {"bin-scale": "0.15"},
	"realnvp":       {"scale-bound": "3"},
	posteriors:      posteriorWay(infer.DefaultPosterior()),
	"ncsf":          {"transforms": "3", "hidden": "64,64", "dropout": "0.5", "lr": "0.003", "average": "0.98", "validate-every": "20"},
}

const waysHelp = `--recipe auto, the default, is what did best over the tables of docs/results.md: nsf-ar with --transforms 8 --linear lu --bin-scale 0.09
--tails power --lr 0.003 --average 0.99. maf has --affine data, maf, realnvp and iaf have --scale-bound 3,
and nsf-c has --bin-scale 0.15, which are steadier than the papers' ways; ncsf has --transforms 3 --hidden 64,64 --dropout 0.5 --lr 0.003
--average 0.98 --validate-every 20, as angles mostly come in tables of some hundred rows (of 50,000 rows dropout costs less than 0.01 nats;
--dropout 0 does without). What the command line says counts instead.`

// fill sets the options that the recipe's way has and the command line has not.
func (f *fit) fill(c *cobra.Command) error {
	way := ways[f.recipe]
	long := c.Flags().Changed("steps") || c.Flags().Changed("epochs") // before this sets them
	for _, flag := range slices.Sorted(maps.Keys(way)) {
		if flag == "steps" && c.Flags().Changed("epochs") {
			continue // how long is said in another way
		}
		if flag == "warmup" && long {
			continue // it is a part of the way's own steps
		}
		if flag == "regression" && len(f.context) == 0 {
			continue // there is nothing to regress on
		}
		if flag == "hidden" && c.Flags().Changed("blocks") {
			continue // a residual network has one width
		}
		if flag == "recipe" || !c.Flags().Changed(flag) {
			if err := c.Flags().Set(flag, way[flag]); err != nil {
				return err
			}
		}
	}
	return nil
}

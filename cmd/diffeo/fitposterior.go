package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"diffeo/infer"
)

// posteriors is no recipe, but one with settings: those of package infer for posteriors of simulators.
const posteriors = "posterior"

var posteriorHelp = `--recipe posterior is for parameters given what was simulated from them, and for other tables of some thousand rows with a --context, which it keeps from
learning by heart: ` + spelled(ways[posteriors]) + `
(no warmup beside --steps or --epochs, no regression without --context). --column NAME=bounded:low,high and NAME=log declare the support of a prior, which no draw leaves.`

// posteriorWay is the library's configuration as options.
func posteriorWay(c infer.PosteriorConfig) map[string]string {
	return map[string]string{
		"recipe": c.Recipe, "transforms": fmt.Sprint(c.Flow.Transforms), "hidden": strings.Trim(strings.ReplaceAll(fmt.Sprint(c.Flow.Hidden), " ", ","), "[]"),
		"bins": fmt.Sprint(c.Flow.Bins), "dropout": fmt.Sprint(c.Flow.Dropout),
		"steps": fmt.Sprint(c.Train.Steps), "batch": fmt.Sprint(c.Train.Batch), "lr": fmt.Sprint(c.Train.Rate), "decay": fmt.Sprint(c.Train.Decay),
		"warmup": fmt.Sprint(c.Train.Warmup), "regression": fmt.Sprint(c.Flow.Regression),
		"average": fmt.Sprint(c.Train.Average), "validate-every": fmt.Sprint(c.Train.ValidateEvery), "patience": fmt.Sprint(c.Train.Patience),
	}
}

// spelled is a way as one would give it on the command line.
func spelled(way map[string]string) string {
	list := []string{way["recipe"] + " with"}
	for _, flag := range slices.Sorted(maps.Keys(way)) {
		switch {
		case flag == "recipe":
		case way[flag] == "true": // an option without a value
			list = append(list, "--"+flag)
		default:
			list = append(list, "--"+flag+" "+way[flag])
		}
	}
	return strings.Join(list, " ")
}

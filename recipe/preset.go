package recipe

import (
	"fmt"
	"maps"
	"slices"

	"diffeo/fault"
)

// presets are sizes of recipes by name: "small" is for two cores and images like digits, "large" is that of the papers, for 32×32 pixels.
var presets = map[string]map[string]Config{
	"glow": {
		"small": {Levels: 2, Transforms: 6, Hidden: []int{32}, Prior: LearnedPrior, Norm: "act", Zeros: true},
		"large": {Levels: 3, Transforms: 32, Hidden: []int{512}, Prior: LearnedPrior, Norm: "act", Zeros: true},
	},
	"realnvp-image": {
		"small": {Levels: 2, Transforms: 2, Hidden: []int{16}, Blocks: 1, Norm: "act"},
		"large": {Levels: 3, Transforms: 3, Hidden: []int{64}, Blocks: 8, Norm: "act"},
	},
}

// Presets lists the names of a recipe's presets in alphabetical order; none for most.
func Presets(recipe string) []string { return slices.Sorted(maps.Keys(presets[recipe])) }

// Preset is a size of a recipe, without what the data say: Dim, Context, Image. Errors wrap fault.ErrConfig: a name that the recipe has no preset of.
func Preset(recipe, name string) (Config, error) {
	c, ok := presets[recipe][name]
	switch {
	case !ok && len(presets[recipe]) == 0:
		return c, fmt.Errorf("%w: the recipe %q has no presets; those of %v have", fault.ErrConfig, recipe, slices.Sorted(maps.Keys(presets)))
	case !ok:
		return c, fmt.Errorf("%w: the recipe %q has no preset %q; choose one of %v", fault.ErrConfig, recipe, name, Presets(recipe))
	}
	c.Hidden = slices.Clone(c.Hidden)
	return c, nil
}

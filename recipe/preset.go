package recipe

import (
	"fmt"
	"maps"
	"slices"

	"diffeo/fault"
	"diffeo/nn"
)

// presets are sizes of recipes by name: "small" is for two cores and images like digits, "large" is that of the papers, for 32×32 pixels. Those of glow begin with
// rotations: digits of 16×16 pixels had 4.66, 4.55 and 4.76 bits a pixel after 400 steps of 64 (two scales of four steps, 32 channels, seeds 0 to 2), and 4.92, 5.02 and
// 4.71 with permutations and identities. The small glow has a prior of its channels: digits of 28×28 pixels had 2.67, 2.95 and 3.06 bits after 1000 steps of 64 (learning rate
// 0.001, seeds 0 to 2), and 4.32 and 4.11 (seeds 0, 1) with the learned prior, which needs more steps. "spline" is the small one with spline couplings of logits, which learns much quicker: 1.98 bits after 200 steps
// at 0.003, given the class, whatever the prior (an affine coupling of glow can only contract on the way to the base).
var presets = map[string]map[string]Config{
	"glow": {
		"small":  {Levels: 2, Transforms: 6, Hidden: []int{32}, Prior: ChannelPrior, Norm: nn.ActNorm, Zeros: true, Linear: RotatedLinear, Pixels: CenteredPixels},
		"spline": {Levels: 2, Transforms: 6, Hidden: []int{32}, Prior: LearnedPrior, Norm: nn.ActNorm, Zeros: true, Linear: RotatedLinear, Coupling: SplineCoupling, Pixels: LogitPixels},
		"large":  {Levels: 3, Transforms: 32, Hidden: []int{512}, Prior: LearnedPrior, Norm: nn.ActNorm, Zeros: true, Linear: RotatedLinear, Pixels: CenteredPixels},
	},
	"realnvp-image": {
		"small": {Levels: 2, Transforms: 2, Hidden: []int{16}, Blocks: 1, Norm: nn.ActNorm, Pixels: LogitPixels},
		"large": {Levels: 3, Transforms: 3, Hidden: []int{64}, Blocks: 8, Norm: nn.ActNorm, Pixels: LogitPixels},
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

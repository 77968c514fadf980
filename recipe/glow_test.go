package recipe_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"diffeo/fault"
	"diffeo/flowtest"
	"diffeo/recipe"
)

// Flows of images keep the promises of a flow: of one scale and of two, of one channel and of three, under a condition.
func TestImageRecipesAreFlows(t *testing.T) {
	for _, name := range recipe.ImageNames() {
		for _, c := range []recipe.Config{
			{Image: []int{1, 4, 4}, Levels: 2, Transforms: 1, Hidden: []int{2}, Activation: "tanh"},
			{Image: []int{3, 2, 2}, Levels: 1, Transforms: 2, Hidden: []int{2}, Activation: "tanh"},
			{Image: []int{1, 2, 4}, Levels: 1, Transforms: 1, Hidden: []int{3}, Activation: "tanh", Context: 2},
			{Image: []int{1, 2, 2}, Levels: 1, Transforms: 1, Hidden: []int{2}, Activation: "tanh", Context: 1, ContextEmbedding: []int{2}},
		} {
			t.Run(fmt.Sprintf("%s of %v under %d", name, c.Image, c.Context), func(t *testing.T) {
				f, err := recipe.New(name, c)
				if err != nil {
					t.Fatal(err)
				}
				flowtest.Flow(t, f, flowtest.Options{Engine: flowtest.Compiled[float64]()})
			})
		}
	}
}

func TestBadImages(t *testing.T) {
	good := recipe.Config{Image: []int{1, 8, 8}, Levels: 2, Transforms: 1, Hidden: []int{2}}
	if _, err := recipe.Glow(good); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		change func(c *recipe.Config)
		say    string
	}{
		{func(c *recipe.Config) { c.Image = nil }, "Image"},
		{func(c *recipe.Config) { c.Image = []int{8, 8} }, "channels, the height and the width"},
		{func(c *recipe.Config) { c.Image = []int{1, 0, 8} }, "Image"},
		{func(c *recipe.Config) { c.Levels = 4 }, "8×8 pixels cannot be halved 4 times"},
		{func(c *recipe.Config) { c.Levels = -1 }, "Levels"},
		{func(c *recipe.Config) { c.Levels = 1 << 40 }, "Levels"},
		{func(c *recipe.Config) { c.Dim = 63 }, "Dim: 63 columns"},
		{func(c *recipe.Config) { c.Hidden = []int{2, 2} }, "one width"},
		{func(c *recipe.Config) { c.Hidden = []int{-2} }, "hidden channels"},
		{func(c *recipe.Config) { c.Blocks = 1 }, "Blocks"},
		{func(c *recipe.Config) { c.Norm = "batch" }, "Norm"},
		{func(c *recipe.Config) { c.Order = recipe.Random }, "Order"},
		{func(c *recipe.Config) { c.Bins = 4 }, "Bins"},
		{func(c *recipe.Config) { c.Transforms = -1 }, "Transforms"},
		{func(c *recipe.Config) { c.Activation = "step" }, "step"},
	} {
		bad := good
		c.change(&bad)
		if _, err := recipe.Glow(bad); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%+v: error %v does not say %q", bad, err, c.say)
		}
	}
	if _, err := recipe.MAF(recipe.Config{Dim: 4, Image: []int{1, 2, 2}}); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), "Image") {
		t.Errorf("maf of images: %v", err)
	}
}

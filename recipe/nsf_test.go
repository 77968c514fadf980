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

// Every choice of what lies between splines, and residual conditioners, give flows.
func TestSplineFlowVariants(t *testing.T) {
	for _, name := range []string{"nsf-ar", "nsf-c"} {
		for _, linear := range []string{recipe.NoLinear, recipe.Permutation, recipe.LU} {
			if testing.Short() && linear != recipe.LU { // with the race detector half a minute
				continue
			}
			t.Run(name+" "+linear, func(t *testing.T) {
				c := recipe.Config{Dim: 3, Transforms: 2, Hidden: []int{6}, Blocks: 1, Bins: 2, Bound: 2.5, Linear: linear, Activation: "tanh"}
				f, err := recipe.New(name, c)
				if err != nil {
					t.Fatal(err)
				}
				flowtest.Flow(t, f, flowtest.Options{Engine: flowtest.Compiled[float64]()})
			})
		}
	}
}

// Linear maps and permutations stand where the documentation says.
func TestWhatLiesBetweenSplines(t *testing.T) {
	for _, c := range []struct {
		name, linear string
		maps         int // learned linear maps
	}{{"nsf-ar", "", 0}, {"nsf-ar", recipe.LU, 4}, {"nsf-c", "", 4}, {"nsf-c", recipe.LU, 4}, {"nsf-c", recipe.Permutation, 0}, {"nsf-c", recipe.NoLinear, 0}} {
		f, err := recipe.New(c.name, recipe.Config{Dim: 4, Transforms: 3, Linear: c.linear})
		if err != nil {
			t.Fatal(err)
		}
		b, err := f.Bind()
		if err != nil {
			t.Fatal(err)
		}
		maps := 0
		for _, s := range b.Specs {
			if strings.HasSuffix(s.Name, ".lu") {
				maps++
			}
		}
		permuted := strings.Count(fmt.Sprintf("%T %+v", f.Transform, f.Transform), "Order:[") > 0
		if maps != c.maps {
			t.Errorf("%s with %q has %d learned linear maps, want %d", c.name, c.linear, maps, c.maps)
		}
		if want := c.linear == recipe.Permutation || c.maps > 0 || c.name == "nsf-ar"; permuted != want {
			t.Errorf("%s with %q: permutations %t, want %t", c.name, c.linear, permuted, want)
		}
	}
}

// BinScale and Tails reach the flow, and what they cannot mean is refused.
func TestSplineOptions(t *testing.T) {
	for _, name := range []string{"nsf-ar", "nsf-c"} {
		c := recipe.Config{Dim: 3, Transforms: 2, Hidden: []int{6}, Bins: 2, BinScale: 0.25, Tails: recipe.PowerTails}
		f, err := recipe.New(name, c)
		if err != nil {
			t.Fatal(err)
		}
		if text := fmt.Sprintf("%+v", f.Transform); strings.Count(text, "BinScale:0.25") != 2 || strings.Count(text, "{OnBase:false}") != 1 {
			t.Errorf("%s: two scaled splines and one power map are wanted: %s", name, text)
		}
		flowtest.Flow(t, f, flowtest.Options{Engine: flowtest.Compiled[float64]()})
		for field, change := range map[string]func(c *recipe.Config){
			"BinScale": func(c *recipe.Config) { c.BinScale = -1 },
			"Tails":    func(c *recipe.Config) { c.Tails = "heavy" },
		} {
			bad := c
			change(&bad)
			if _, err := recipe.New(name, bad); !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), field) {
				t.Errorf("%s: %s: %v", name, field, err)
			}
		}
	}
}

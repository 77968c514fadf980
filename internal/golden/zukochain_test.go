package golden

import (
	"fmt"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/internal/transfer"
	"diffeo/nn"
	"diffeo/scalar"
)

// autoregressiveZuko is a chain of autoregressive maps with params parameters a column, in our order. Where a number has no parameters there
// is a soft clip. own, where there is one, takes what belongs to the map of a transform.
func autoregressiveZuko(c *goldenCase, m scalar.Map, params int, own func(w *weights, ours, theirs string)) built {
	w, d, n := newWeights(c), c.dim(), c.context()
	var chain bijection.Chain
	for i := zukoLast(c); i >= 0; i-- {
		theirs, at := fmt.Sprintf("transform.transforms.%d.", i), len(chain.Transforms)
		if !c.has("param/" + theirs + "order") {
			chain.Transforms = append(chain.Transforms, bijection.Static{Map: scalar.SoftClip{Bound: 11}})
			continue
		}
		hidden := zukoHidden(c, theirs+"hyper.")
		chain.Transforms = append(chain.Transforms, bijection.Autoregressive{
			Order: c.ints("param/" + theirs + "order"),
			Map:   m,
			Net:   nn.MADE{Hidden: hidden, Degrees: zukoDegrees(c, theirs+"hyper.", d, len(hidden)), Context: nn.FirstLayer},
		})
		ours := fmt.Sprintf("transforms.%d.", at)
		zukoLayers(w, ours+"conditioner.layers.", theirs+"hyper.", d, n, append(hidden, params*d))
		if own != nil {
			own(w, ours, theirs)
		}
	}
	return twin(c, chain, standardNormal(c, "base.loc", "base.scale"), w)
}

// zukoLast is the number of the last transform that has parameters.
func zukoLast(c *goldenCase) int {
	last := 0
	for _, name := range c.file.Names() {
		var i int
		if n, _ := fmt.Sscanf(name, "param/transform.transforms.%d.", &i); n == 1 {
			last = max(last, i)
		}
	}
	return last
}

// zukoHidden are the units of the hidden layers of a network: all its layers but the last.
func zukoHidden(c *goldenCase, theirs string) []int {
	hidden := []int{}
	for i := 0; c.has(fmt.Sprintf("param/%s%d.weight", theirs, i+2)); i += 2 {
		hidden = append(hidden, c.shape(fmt.Sprintf("param/%s%d.weight", theirs, i))[0])
	}
	return hidden
}

// zukoDegrees are the numbers of columns that the units of each hidden layer see, through the masks before them.
func zukoDegrees(c *goldenCase, theirs string, d, layers int) [][]int {
	var out [][]int
	var sees [][]bool // units of the layer before × columns
	for i := range layers {
		name := fmt.Sprintf("param/%s%d.mask", theirs, 2*i)
		mask, shape := c.bools(name), c.shape(name)
		next, degree := make([][]bool, shape[0]), make([]int, shape[0])
		for j := range next {
			next[j] = make([]bool, d)
			for k, m := range mask[j*shape[1] : (j+1)*shape[1]] {
				for e := range d {
					next[j][e] = next[j][e] || m && (i == 0 && k == e || i > 0 && sees[k][e])
				}
			}
			for _, s := range next[j] {
				if s {
					degree[j]++
				}
			}
		}
		out, sees = append(out, degree), next
	}
	return out
}

// zukoLayers takes the dense layers 0, 2, 4 … of a network of the given sizes that reads [x, c].
func zukoLayers(w *weights, ours, theirs string, in, context int, sizes []int) {
	for i, rows := range sizes {
		l := transfer.Linear{
			Ours: fmt.Sprint(ours, i), Weight: fmt.Sprint(theirs, 2*i, ".weight"), Bias: fmt.Sprint(theirs, 2*i, ".bias"), In: in, Out: rows,
		}
		if i == 0 {
			l.Context = context
		}
		l.Take(w.Weights)
		in = rows
	}
}

// standardNormal checks that the base of a flow, stored as loc and scale, is the standard normal.
func standardNormal(c *goldenCase, loc, scale string) dist.Distribution {
	for _, x := range c.floats("param/" + loc) {
		if x != 0 {
			c.t.Fatalf("the base has %s %g", loc, x)
		}
	}
	for _, x := range c.floats("param/" + scale) {
		if x != 1 {
			c.t.Fatalf("the base has %s %g", scale, x)
		}
	}
	return dist.StandardNormal{Dim: c.dim()}
}

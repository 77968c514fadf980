package golden

import (
	"fmt"
	"slices"
	"strings"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/scalar"
)

// zuko calls x→u its forward and lists transforms in that order; affine maps are u = x·s + t with a soft clip of the log-scale;
// networks read [x, c] and give for each column the shift and the log-scale.

var zukoAffine = scalar.Affine{Scale: scalar.SoftClipExp{Slope: 1e-3}, Form: scalar.ScaleData}

func additiveZuko(c *goldenCase) built {
	w := newWeights(c)
	w.take("theta", "shift", -1, c.dim(), func(i int) int { return i }) // u = x + shift there, u = x − t here
	return twin(c, bijection.Static{Map: scalar.Additive{}}, nil, w)
}

func affineZuko(c *goldenCase) built {
	w, affine, scale := newWeights(c), zukoAffine, scalar.SoftClipExp{}
	c.config("slope", &scale.Slope)
	affine.Scale = scale
	w.rows("theta", c.dim(), "shift", "scale")
	return twin(c, bijection.Static{Map: affine}, nil, w)
}

func maskedMLPZuko(c *goldenCase) built {
	w := newWeights(c)
	var activation string
	c.config("activation", &activation)
	activation = strings.ToLower(activation)
	var masks [][][]bool
	for i := 0; c.has(fmt.Sprintf("param/%d.mask", 2*i)); i++ {
		theirs := fmt.Sprintf("%d.", 2*i)
		shape, flat := c.shape("param/"+theirs+"mask"), c.bools("param/"+theirs+"mask")
		masks = append(masks, slices.Collect(slices.Chunk(flat, shape[1])))
		linear{ours: fmt.Sprintf("layers.%d", i), weight: theirs + "weight", bias: theirs + "bias", in: shape[1], rows: shape[0]}.take(w)
	}
	return netTwin(c, w, func(s *param.Scope, cond graph.Shape) (nn.Net, error) {
		return nn.Sparse{Masks: masks, Activation: activation}.Bind(s, c.dim(), cond, len(masks[len(masks)-1]))
	})
}

func boxUniformZuko(c *goldenCase) built {
	low, high := c.floats("param/lower"), c.floats("param/upper")
	m := twin(c, nil, dist.Uniform{Low: low, High: high}, newWeights(c))
	m.differences = map[string]func([]float64) dist.Distribution{
		"lower": func(v []float64) dist.Distribution { return dist.Uniform{Low: v, High: high} },
		"upper": func(v []float64) dist.Distribution { return dist.Uniform{Low: low, High: v} },
	}
	return m
}

func mafZuko(c *goldenCase) built {
	w, d, n := newWeights(c), c.dim(), c.context()
	var chain bijection.Chain
	last := 0
	for c.has(fmt.Sprintf("param/transform.transforms.%d.order", last+1)) {
		last++
	}
	for i := last; i >= 0; i-- {
		theirs := fmt.Sprintf("transform.transforms.%d.", i)
		hidden := zukoHidden(c, theirs+"hyper.")
		chain.Transforms = append(chain.Transforms, bijection.Autoregressive{
			Order: c.ints("param/" + theirs + "order"),
			Map:   zukoAffine,
			Net:   nn.MADE{Hidden: hidden, Degrees: zukoDegrees(c, theirs+"hyper.", d, len(hidden)), Context: nn.FirstLayer},
		})
		ours := fmt.Sprintf("transforms.%d.conditioner.layers.", last-i)
		zukoLayers(w, ours, theirs+"hyper.", d, n, append(hidden, 2*d), swapped(0, 1))
	}
	return twin(c, chain, standardNormal(c, "base.loc", "base.scale"), w)
}

func realnvpZuko(c *goldenCase) built {
	w, d, n := newWeights(c), c.dim(), c.context()
	var chain bijection.Chain
	last := 0
	for c.has(fmt.Sprintf("param/transform.transforms.%d.mask", last+1)) {
		last++
	}
	for i := last; i >= 0; i-- {
		theirs := fmt.Sprintf("transform.transforms.%d.", i)
		mask := c.bools("param/" + theirs + "mask")
		pass := 0
		for _, m := range mask {
			if m {
				pass++
			}
		}
		hidden := zukoHidden(c, theirs+"hyper.")
		chain.Transforms = append(chain.Transforms, bijection.Coupling{
			Mask: mask, Map: zukoAffine, Net: nn.MLP{Hidden: hidden, Context: nn.FirstLayer},
		})
		ours := fmt.Sprintf("transforms.%d.conditioner.layers.", last-i)
		zukoLayers(w, ours, theirs+"hyper.", pass, n, append(hidden, 2*(d-pass)), columnMajor(d-pass, 0, 1))
	}
	return twin(c, chain, standardNormal(c, "base.loc", "base.scale"), w)
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
func zukoLayers(w *weights, ours, theirs string, in, context int, sizes []int, outputs func(int) int) {
	for i, rows := range sizes {
		l := linear{ours: fmt.Sprint(ours, i), weight: fmt.Sprint(theirs, 2*i, ".weight"), bias: fmt.Sprint(theirs, 2*i, ".bias"),
			in: in, rows: rows}
		if i == 0 {
			l.context = context
		}
		if i == len(sizes)-1 {
			l.row = outputs
		}
		l.take(w)
		in = rows
	}
}

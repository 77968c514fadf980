package golden

import (
	"fmt"
	"slices"
	"strings"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/graph"
	"diffeo/internal/transfer"
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
		transfer.Linear{Ours: fmt.Sprintf("layers.%d", i), Weight: theirs + "weight", Bias: theirs + "bias", In: shape[1], Out: shape[0]}.Take(w.Weights)
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

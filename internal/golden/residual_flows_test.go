package golden

import (
	"fmt"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/scalar"
)

// Planar, radial and Sylvester maps. The libraries go from the base to the data with them, and back hardly ever.

func planarNormflows(c *goldenCase) built {
	w, m := newWeights(c), bijection.Planar{Scale: bare}
	var act string
	if c.config("act", &act); act == "leaky_relu" {
		c.config("negative_slope", &m.Slope)
	}
	w.whole("weight", "w", c.dim(), 0)
	w.whole("direction", "u", c.dim(), 0)
	w.whole("bias", "b", 1, 0)
	return twin(c, m, nil, w)
}

// takePlanar takes flowjax' params [w, u, b] that begin at offset.
func (w *weights) takePlanar(ours, theirs string, offset int) {
	d := w.c.dim()
	w.whole(ours+"weight", theirs, d, offset)
	w.whole(ours+"direction", theirs, d, offset+d)
	w.whole(ours+"bias", theirs, 1, offset+2*d)
}

func planarFlowjax(c *goldenCase) built {
	w, m := newWeights(c), bijection.Planar{Scale: scalar.LogSoftplus{}}
	w.takePlanar("", ".params", 0)
	return twin(c, m, nil, w)
}

func planarFlowFlowjax(c *goldenCase) built {
	w, m := newWeights(c), bijection.Planar{Scale: scalar.LogSoftplus{}}
	c.config("negative_slope", &m.Slope)
	chain := flowjaxChain(c, func(l, at int) bijection.Bijection {
		w.takePlanar(fmt.Sprintf("transforms.%d.", at), flowjaxLayers+"[0].params", l*(2*c.dim()+1))
		return bijection.Invert{Bijection: m}
	})
	return twin(c, chain, dist.StandardNormal{Dim: c.dim()}, w)
}

func radialNormflows(c *goldenCase) built {
	w := newWeights(c)
	w.whole("centre", "z_0", c.dim(), 0)
	w.whole("radius", "alpha", 1, 0)
	w.whole("strength", "beta", 1, 0)
	return twin(c, bijection.Radial{Radius: scalar.Magnitude{}, Strength: bare}, nil, w)
}

// sylvesterReference keeps the diagonals of R and S beside the dense matrices, of which it reads what lies above.
func sylvesterReference(c *goldenCase) built {
	w, d := newWeights(c), c.dim()
	m := bijection.Sylvester{Reflections: w.vectors("vectors", "q_vectors")}
	for ours, theirs := range map[string]string{"outer": "R", "inner": "S"} {
		for i := range d {
			w.takeFrom(ours, i*d, theirs+"_dense", 1, i, func(k int) int { return i*d + k })
			w.takeFrom(ours, i*d+i, theirs+"_diag", 1, 1, func(int) int { return i })
			w.takeFrom(ours, i*d+i+1, theirs+"_dense", 1, d-1-i, func(k int) int { return i*d + i + 1 + k })
		}
	}
	w.whole("bias", "b", d, 0)
	return twin(c, m, nil, w)
}

// bnafFlowjax: scoring runs the network and then the permutation.
func bnafFlowjax(c *goldenCase) built {
	w, d := newWeights(c), c.dim()
	m := bijection.BlockAutoregressive{Scale: bare}
	c.config("nn_block_dim", &m.Width)
	c.config("nn_depth", &m.Depth)
	chain := flowjaxChain(c, func(l, at int) bijection.Bijection {
		for k := range m.Depth + 1 {
			theirs, ours := fmt.Sprintf("%s[0].bijection.layers[%d][0].", flowjaxLayers, k), fmt.Sprintf("transforms.%d.layers.%d.", at, k)
			size := c.shape("param/" + theirs + "weight.weight.args[0]")
			rows, columns := size[1], size[2]
			w.whole(ours+"weight", theirs+"weight.weight.args[0]", rows*columns, l*rows*columns)
			w.whole(ours+"length", theirs+"weight.scale.args[0]", rows, l*rows)
			w.whole(ours+"bias", theirs+"bias", rows, l*rows)
		}
		return m
	})
	return twin(c, chain, dist.StandardNormal{Dim: d}, w)
}

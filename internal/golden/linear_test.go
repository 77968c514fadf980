package golden

import (
	"fmt"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/scalar"
)

// Linear maps. Those of nflows are u = W·x + bias with reflections applied in the order of their index.

// bare is a softplus without a floor that a case could see.
var bare = scalar.Softplus{Floor: 1e-19}

func (w *weights) vectors(ours, theirs string) (k int) {
	shape := w.c.shape("param/" + theirs)
	w.whole(ours, theirs, shape[0]*shape[1], 0)
	return shape[0]
}

func householderNflows(c *goldenCase) built {
	w := newWeights(c)
	return twin(c, bijection.Householder{Reflections: w.vectors("vectors", "q_vectors")}, nil, w)
}

func qrNflows(c *goldenCase) built {
	w, d := newWeights(c), c.dim()
	m := bijection.QRLinear{Reflections: w.vectors("orthogonal.vectors", "orthogonal.q_vectors"), Diagonal: scalar.PlainExp{}}
	at := 0
	for i := range d {
		from := at
		w.takeFrom("upper", i*d, "bias", 0, i, func(k int) int { return k }) // not used
		w.takeFrom("upper", i*d+i, "log_upper_diag", 1, 1, func(int) int { return i })
		w.takeFrom("upper", i*d+i+1, "upper_entries", 1, d-1-i, func(k int) int { return from + k })
		at += d - 1 - i
	}
	w.whole("bias", "bias", d, 0)
	return twin(c, m, nil, w)
}

func svdNflows(c *goldenCase) built {
	w := newWeights(c)
	m := bijection.SVDLinear{Reflections: w.vectors("left.vectors", "orthogonal_1.q_vectors"), Diagonal: scalar.Softplus{Floor: 1e-3}}
	w.vectors("right.vectors", "orthogonal_2.q_vectors")
	w.whole("diagonal", "unconstrained_diagonal", c.dim(), 0)
	w.whole("bias", "bias", c.dim(), 0)
	return twin(c, m, nil, w)
}

func rotationZuko(c *goldenCase) built {
	w := newWeights(c)
	w.whole("generator", "A", c.dim()*c.dim(), 0)
	return twin(c, bijection.Rotation{}, nil, w)
}

func triangularFlowjax(c *goldenCase) built {
	w := newWeights(c)
	w.whole("triangle", ".triangular.args[0]", c.dim()*c.dim(), 0)
	w.whole("bias", ".loc", c.dim(), 0)
	return twin(c, bijection.Triangular{Diagonal: bare}, nil, w)
}

// convNflows: the channels are permuted before they are mapped, u_c = W·x_{p_c} + bias.
func convNflows(c *goldenCase) built {
	w := newWeights(c)
	takeLU(w, "transforms.0.", "")
	p := bijection.Permute{Order: c.ints("param/permutation._permutation")}
	return twin(c, bijection.Chain{Transforms: []bijection.Bijection{
		bijection.Conv1x1{Map: nflowsLU}, bijection.Invert{Bijection: bijection.Conv1x1{Map: p}}}}, nil, w)
}

// convNormflows: u = P·L·U·x with a diagonal of fixed signs. The halves of L and U that are not used are stored there.
func convNormflows(c *goldenCase) built {
	w := newWeights(c)
	return twin(c, bijection.Chain{Transforms: conv1x1Normflows(w, "transforms.1.", "")}, nil, w)
}

// conv1x1Normflows is that map as a permutation and a product, the second of which has the scope ours.
func conv1x1Normflows(w *weights, ours, theirs string) []bijection.Bijection {
	signs := w.c.floats("param/" + theirs + "sign_S")
	d := len(signs)
	m := bijection.LULinear{Diagonal: scalar.PlainExp{}, NoBias: true, Negative: make([]bool, d)}
	order := make([]int, d)
	for i, sign := range signs {
		m.Negative[i] = sign < 0
		w.takeFrom(ours+"lu", i*d, theirs+"L", 1, i, func(k int) int { return i*d + k })
		w.takeFrom(ours+"lu", i*d+i, theirs+"log_S", 1, 1, func(int) int { return i })
		w.takeFrom(ours+"lu", i*d+i+1, theirs+"U", 1, d-1-i, func(k int) int { return i*d + i + 1 + k })
	}
	for at, one := range w.c.floats("param/" + theirs + "P") { // u_i = (L·U·x)_j where P_ij is 1, and x_j = u_i by our Forward
		if one == 1 {
			order[at%d] = at / d
		}
	}
	return []bijection.Bijection{bijection.Conv1x1{Map: bijection.Permute{Order: order}}, bijection.Conv1x1{Map: m}}
}

// triangularSplineFlowjax: scoring runs tanh, spline, the inverse of tanh, the triangular map and the permutation of each layer.
func triangularSplineFlowjax(c *goldenCase) built {
	w, d := newWeights(c), c.dim()
	bend := bijection.Static{Map: scalar.LeakyTanh{}}
	chain := flowjaxChain(c, func(l, at int) bijection.Bijection {
		ours := fmt.Sprintf("transforms.%d.transforms.", at)
		triangle := flowjaxLayers + "[1]."
		w.whole(ours+"0.triangle", triangle+"triangular.weight.args[0]", d*d, l*d*d)
		w.whole(ours+"0.factor", triangle+"triangular.scale.args[0]", d, l*d)
		w.whole(ours+"0.bias", triangle+"loc", d, l*d)
		row, bins := 0, 0
		for _, part := range []string{"x_pos.arr", "y_pos.arr", "derivatives.args[0]"} {
			theirs := flowjaxLayers + "[0].inner.bijection." + part
			n := c.shape("param/" + theirs)[2]
			for p := range n {
				w.takeFrom(ours+"2.theta", row*d, theirs, 1, d, func(i int) int { return (l*d+i)*n + p })
				row++
			}
			if bins == 0 {
				bins = n
			}
		}
		spline := scalar.RationalQuadratic{Bins: bins, Low: -1, High: 1, MinWidth: 1e-3 / 2, MinHeight: 1e-3 / 2, LearnedEnds: true, Unshifted: true}
		return bijection.Chain{Transforms: []bijection.Bijection{
			bijection.Triangular{Diagonal: bare, Normalized: true}, bend, bijection.Static{Map: spline}, bijection.Invert{Bijection: bend}}}
	})
	return twin(c, chain, dist.StandardNormal{Dim: d}, w)
}

package golden

import (
	"fmt"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/internal/transfer"
	"diffeo/nn"
	"diffeo/scalar"
)

// flowjax stacks its layers along a first axis. Scoring runs layer 0 first: the layer's map as u = softplus(s)·x + t, then a
// permutation u_i = x_{p_i}. Parameters are (t, s); s = 0 means a scale of 1.

var flowjaxAffine = scalar.Affine{Scale: scalar.UnitSoftplus(1e-2), Form: scalar.ScaleData}

const flowjaxLayers = ".bijection.bijection.bijection.bijections"

// flowjaxChain is the chain of all layers, in the order of Forward: the last layer first, and in it the permutation first.
func flowjaxChain(c *goldenCase, layer func(l, at int) bijection.Bijection) bijection.Chain {
	var chain bijection.Chain
	name := "param/" + flowjaxLayers + "[1].permutation[0]"
	if !c.has(name) { // a layer of two maps
		name = "param/" + flowjaxLayers + "[2].permutation[0]"
	}
	shape, order := c.shape(name), c.ints(name)
	for l := shape[0] - 1; l >= 0; l-- {
		p := bijection.Permute{Order: order[l*shape[1] : (l+1)*shape[1]]}
		chain.Transforms = append(chain.Transforms, bijection.Invert{Bijection: p})
		chain.Transforms = append(chain.Transforms, layer(l, len(chain.Transforms)))
	}
	return chain
}

func mafFlowjax(c *goldenCase) built {
	w, d := newWeights(c), c.dim()
	net := flowjaxLayers + "[0].masked_autoregressive_mlp.layers"
	chain := flowjaxChain(c, func(l, at int) bijection.Bijection {
		m := nn.MADE{Context: nn.FirstLayer}
		in := d
		for i := 0; c.has(fmt.Sprintf("param/%s[%d].bias", net, i)); i++ {
			theirs := fmt.Sprintf("%s[%d].", net, i)
			rows := c.shape("param/" + theirs + "bias")[1]
			x := transfer.Linear{Ours: fmt.Sprintf("transforms.%d.conditioner.layers.%d", at, i), Weight: theirs + "weight.args[1]",
				Bias: theirs + "bias", In: in, Out: rows, Layer: l}
			if c.has(fmt.Sprintf("param/%s[%d].bias", net, i+1)) {
				m.Hidden = append(m.Hidden, rows)
				if i == 0 {
					mask := c.floats("param/" + theirs + "weight.args[0]")
					m.Degrees = append(m.Degrees, degrees(mask[l*rows*in:(l+1)*rows*in], rows, in, d))
				} else {
					m.Degrees = append(m.Degrees, m.Degrees[0])
				}
			} else {
				x.Row = transfer.Swapped(0, 1)
			}
			x.Take(w.Weights)
			in = rows
		}
		return bijection.Autoregressive{Map: flowjaxAffine, Net: m}
	})
	return twin(c, chain, dist.StandardNormal{Dim: d}, w)
}

func couplingFlowjax(c *goldenCase) built {
	w, d := newWeights(c), c.dim()
	pass := d / 2
	mask := make([]bool, d)
	for i := range pass {
		mask[i] = true
	}
	net := flowjaxLayers + "[0].conditioner.layers"
	chain := flowjaxChain(c, func(l, at int) bijection.Bijection {
		m := nn.MLP{Hidden: []int{}, Context: nn.FirstLayer}
		in, context := pass, c.context()
		for i := 0; c.has(fmt.Sprintf("param/%s[%d].bias", net, i)); i++ {
			theirs := fmt.Sprintf("%s[%d].", net, i)
			rows := c.shape("param/" + theirs + "bias")[1]
			x := transfer.Linear{Ours: fmt.Sprintf("transforms.%d.conditioner.layers.%d", at, i), Weight: theirs + "weight",
				Bias: theirs + "bias", In: in, Context: context, Out: rows, Layer: l}
			if c.has(fmt.Sprintf("param/%s[%d].bias", net, i+1)) {
				m.Hidden = append(m.Hidden, rows)
			} else {
				x.Row = transfer.ColumnMajor(d-pass, 0, 1)
			}
			x.Take(w.Weights)
			in, context = rows, 0
		}
		return bijection.Coupling{Mask: mask, Map: flowjaxAffine, Net: m}
	})
	return twin(c, chain, dist.StandardNormal{Dim: d}, w)
}

func nsfFlowjax(c *goldenCase) built {
	w, d, n := newWeights(c), c.dim(), c.context()
	net := flowjaxLayers + "[0].masked_autoregressive_mlp.layers"
	chain := flowjaxChain(c, func(l, at int) bijection.Bijection {
		m, f := nn.MADE{Context: nn.FirstLayer}, flowjaxSpline
		in, context := d, n
		for i := 0; c.has(fmt.Sprintf("param/%s[%d].bias", net, i)); i++ {
			theirs := fmt.Sprintf("%s[%d].", net, i)
			rows := c.shape("param/" + theirs + "bias")[1]
			x := transfer.Linear{Ours: fmt.Sprintf("transforms.%d.conditioner.layers.%d", at, i), Weight: theirs + "weight.args[1]",
				Bias: theirs + "bias", In: in, Context: context, Out: rows, Layer: l}
			if c.has(fmt.Sprintf("param/%s[%d].bias", net, i+1)) {
				m.Hidden = append(m.Hidden, rows)
				mask, size := c.floats("param/"+theirs+"weight.args[0]"), rows*(in+context)
				m.Degrees = append(m.Degrees, degrees(mask[l*size:(l+1)*size], rows, in+context, d))
			} else {
				f.Bins = (rows/d - 1) / 3
				x.Row = transfer.Swapped(transfer.Ascending(rows / d)...)
			}
			x.Take(w.Weights)
			in, context = rows, 0
		}
		return bijection.Autoregressive{Map: f, Net: m}
	})
	return twin(c, chain, dist.StandardNormal{Dim: d}, w)
}

package recipe

import (
	"fmt"

	"diffeo/bijection"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/scalar"
)

// GF is the Gaussianization flow of Meng, Song, Song and Ermon (arXiv 2003.01941; with mixtures of normals, as in zuko): each transform makes
// every column normal by the distribution function of a mixture of Components (0: 8) normals, learned directly, and between two of them lies
// a learned rotation. All of them begin at random: from equal mixtures every column of a symmetric density stays symmetric. Components are
// narrow at first, spread out, and move at the pace of their widths: wide ones that overlap do the same, and hardly part.
// Under a condition a network gives the mixtures. Both directions take one pass, but Forward solves for each column numerically. Errors: a bad field of
// the Config, an Order.
func GF(c Config) (flow.Flow, error) {
	m, plain := scalar.MixtureCDF{Components: c.Components, Law: scalar.Normal, Spread: 0.7, Centered: true}, c
	plain.Components = 0
	if c.Order != "" {
		return flow.Flow{}, fmt.Errorf("recipe gf: %w: Order: %q: the columns of this recipe have none", fault.ErrConfig, c.Order)
	}
	return plain.repeat("gf", nil, func(c Config, i int) bijection.Bijection {
		var layer bijection.Bijection = bijection.Static{Map: m, Start: 0.5}
		if c.Context > 0 {
			layer = bijection.Coupling{Mask: make([]bool, c.Dim), Map: m, Net: c.mlp()}
		}
		if i == c.Transforms-1 {
			return layer
		}
		return bijection.Chain{Transforms: []bijection.Bijection{layer, bijection.Rotation{Start: 1}}}
	})
}

package golden

import (
	"fmt"

	"diffeo/bijection"
	"diffeo/scalar"
)

// zuko's maps that it inverts by bisection, beside the polynomials.

// columns is the place of parameter p of column d in theirs, [D,P]; ours is [P,D].
func columns(d, params int) func(i int) int {
	return func(i int) int { return i%d*params + i/d }
}

// gaussian is zuko's Gaussianization: components of equal weight that begin equal, and a bounded range.
func gaussian(components int) scalar.MixtureCDF {
	return scalar.MixtureCDF{Components: components, Law: scalar.Normal, Scale: scalar.PlainExp{}, Together: true, Squeeze: 1e-6}
}

// gaussianParameters takes shifts and log-scales.
func gaussianParameters(w *weights, ours string, d, components int, shift, scale string) {
	w.takeFrom(ours, 0, shift, 1, components*d, columns(d, components))
	w.takeFrom(ours, components*d, scale, 1, components*d, columns(d, components))
}

func gaussianizationZuko(c *goldenCase) built {
	var k int
	c.config("components", &k)
	w := newWeights(c)
	gaussianParameters(w, "theta", c.dim(), k, "shift", "scale")
	return twin(c, bijection.Static{Map: gaussian(k)}, nil, w)
}

// ownNet takes the layers of a network that belongs to the map, for each column or for all.
func ownNet(w *weights, ours, theirs string) {
	for i := 0; w.c.has(fmt.Sprintf("param/%s%d.weight", theirs, 2*i)); i++ {
		for _, part := range []string{"weight", "bias"} {
			name := fmt.Sprintf("%s%d.%s", theirs, 2*i, part)
			w.whole(fmt.Sprintf("%slayers.%d.%s", ours, i, part), name, w.c.file.Tensors["param/"+name].Len(), 0)
		}
	}
}

// network is what the networks of a map are made of.
func network(c *goldenCase) (signal int, hidden []int) {
	c.config("signal", &signal)
	c.config("hidden", &hidden)
	return signal, hidden
}

func monotonicMLPZuko(c *goldenCase) built {
	m := scalar.MonotonicMLP{Shared: true}
	m.Signal, m.Hidden = network(c)
	w := newWeights(c)
	w.take("theta", "signal", 1, m.Signal*c.dim(), columns(c.dim(), m.Signal))
	ownNet(w, "map.", "mnn.network.")
	return twin(c, bijection.Static{Map: m}, nil, w)
}

// unconstrainedZuko has the units and the quadrature of zuko.
func unconstrainedZuko(c *goldenCase) scalar.UnconstrainedMonotonic {
	m := scalar.UnconstrainedMonotonic{ELU: true, Rule: scalar.GaussLegendre, Nodes: 32}
	m.Signal, m.Hidden = network(c)
	return m
}

func umnnZuko(c *goldenCase) built {
	m, w, d := unconstrainedZuko(c), newWeights(c), c.dim()
	m.Shared = true
	w.take("theta", "signal", 1, m.Signal*d, columns(d, m.Signal))
	w.takeFrom("theta", m.Signal*d, "constant", 1, d, func(i int) int { return i })
	ownNet(w, "map.", "umnn.integrand.")
	return twin(c, bijection.Static{Map: m}, nil, w)
}

package recipe

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"diffeo/bijection"
	"diffeo/dist"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/nn"
	"diffeo/scalar"
)

// NCSF is the neural circular spline flow of Rezende et al. (arXiv 2002.02428) for angles from −π to π: couplings of circular
// rational-quadratic splines, whose networks see the passed angles as cosine and sine, on a uniform base. On the torus the density is continuous
// everywhere: no angle has a seam at ±π. Beyond ±π it is 0. Both directions take one pass. (zuko's NCSF is autoregressive, and its networks see the
// bare angles.) Angles names the columns that are angles (nil: all); the others are numbers of the line, on a normal base, mapped by splines from
// −Bound to Bound that go on as lines: a flow on cylinders. With Components the base is a learned mixture of so many products of von Mises densities, whose means
// begin at random: give it better first values (as the command fit does), and the flow adds what a mixture lacks. Errors: a bad field of the Config, a Bound
// where every column is an angle, Components where some are not.
func NCSF(c Config) (flow.Flow, error) {
	bad := func(field, format string, args ...any) (flow.Flow, error) {
		return flow.Flow{}, fmt.Errorf("recipe ncsf: %w: %s: %s", fault.ErrConfig, field, fmt.Sprintf(format, args...))
	}
	angles := c.Angles
	if angles == nil {
		for d := range c.Dim {
			angles = append(angles, d)
		}
	}
	for i, d := range angles {
		if d < 0 || d >= c.Dim || i > 0 && d <= angles[i-1] {
			return bad("Angles", "%v do not ascend within the %d columns", angles, c.Dim)
		}
	}
	switch {
	case c.Dim > 0 && len(angles) == 0:
		return bad("Angles", "none of the columns is an angle: this is another recipe's business")
	case c.Bound != 0 && len(angles) == c.Dim:
		return bad("Bound", "splines up to %g: a circle reaches from −π to π", c.Bound)
	case c.Bound < 0:
		return bad("Bound", "splines up to %g", c.Bound)
	case c.Components < 0 || c.Components > 1000:
		return bad("Components", "a mixture of %d densities; choose a number up to 1000", c.Components)
	case c.Regression:
		return bad("Regression", "next to the base there are circles, on which nothing is linear")
	case c.Components > 0 && len(angles) < c.Dim:
		return bad("Components", "%d: a mixture is for angles alone, and only the columns %v are angles", c.Components, angles)
	case c.BinScale < 0:
		return bad("BinScale", "bins scaled by %g", c.BinScale)
	}
	t, plain := torus{angles: angles, bins: c.Bins, bound: c.Bound, binScale: c.BinScale}, c
	plain.Angles, plain.Bins, plain.Bound, plain.BinScale, plain.Components = nil, 0, 0, 0, 0
	f, err := plain.repeat("ncsf", nil, t.coupling)
	if err != nil {
		return flow.Flow{}, err
	}
	f.Base = t.base(c.Dim)
	if c.Components > 0 {
		f.Base = vonMises(c)
	}
	return f, nil
}

// vonMises is a mixture on the torus with means that are a function of the Seed.
func vonMises(c Config) dist.Distribution {
	rng := rand.New(rand.NewPCG(c.Seed, 0))
	var m dist.MixtureOf
	for range c.Components {
		mean := make([]float64, c.Dim)
		for d := range mean {
			mean[d] = math.Pi * (2*rng.Float64() - 1)
		}
		m.Components = append(m.Components, dist.VonMises{Dim: c.Dim, Loc: mean})
	}
	return m
}

// torus is what a flow on circles and lines is made of.
type torus struct {
	angles          []int // columns
	bins            int
	bound, binScale float64
}

// coupling maps each column by the spline of its kind; the network sees the passed angles on their circles.
func (t torus) coupling(c Config, i int) bijection.Bijection {
	mask := c.mask(i)
	seen, circles, lines := []int{}, []int(nil), []int(nil) // angles among what passes, and the kinds of what is mapped
	passed, mapped := 0, 0
	for d, pass := range mask {
		angle := slices.Contains(t.angles, d)
		switch {
		case pass && angle:
			seen = append(seen, passed)
		case !pass && angle:
			circles = append(circles, mapped)
		case !pass:
			lines = append(lines, mapped)
		}
		if pass {
			passed++
		} else {
			mapped++
		}
	}
	var circle, line scalar.Map
	circle = scalar.Circular{Spline: scalar.RationalQuadratic{Bins: t.bins, BinScale: t.binScale}}
	line = scalar.RationalQuadratic{Bins: t.bins, Low: -t.bound, High: t.bound, BinScale: t.binScale}
	m := scalar.Map(scalar.Mixed{Groups: []scalar.Group{{Map: circle, Columns: circles}, {Map: line, Columns: lines}}})
	switch {
	case lines == nil:
		m = circle
	case circles == nil:
		m = line
	}
	net := c.mlp()
	if len(seen) == passed {
		seen = nil // all
	}
	return bijection.Coupling{Mask: mask, Map: m, Net: nn.Periodic{Net: net, Columns: seen}}
}

// base is uniform on circles and normal on lines.
func (t torus) base(d int) dist.Distribution {
	if len(t.angles) == d {
		return dist.UniformCircle{Dim: d}
	}
	var p dist.Product
	for from := 0; from < d; {
		angle, to := slices.Contains(t.angles, from), from+1
		for to < d && slices.Contains(t.angles, to) == angle {
			to++
		}
		if angle {
			p.Parts = append(p.Parts, dist.UniformCircle{Dim: to - from})
		} else {
			p.Parts = append(p.Parts, dist.StandardNormal{Dim: to - from})
		}
		from = to
	}
	return p
}

package bijection

import (
	"fmt"
	"math/rand/v2"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/scalar"
)

// Radial draws points towards a centre or pushes them away from it (radial flow, arXiv 1505.05770):
//
//	x − z = (u − z)·(r + s)/(r + α),  r = |u − z|,  log |det ∂x/∂u| = (D−1)·log (r + s)/(r + α) + log (r·(r + 2α) + s·α)/(r + α)²
//
// with β = s − α in the paper's symbols, so that β > −α by construction. Both directions are closed: r is the positive root of
// r² + (s − R)·r − α·R = 0 with R = |x − z|. centre [D] is z, radius [1] and strength [1] are the raw numbers of α and s; under a condition a network adds
// to all of them. With raw numbers of 0 the map is the identity; z begins at random. Coordinates beyond ±10³⁰ count as ±10³⁰.
type Radial struct {
	Radius   scalar.Scale   // α > 0; nil: scalar.UnitSoftplus(1e-3). normflows: Magnitude
	Strength scalar.Scale   // s > 0; nil: scalar.UnitSoftplus(1e-3). The paper: Softplus
	Net      nn.Conditioner // under a condition; nil: nn.MLP{}
	Start    float64        // the raw numbers begin at random between −Start and 0, each map at a radius of its own; 0: the identity
}

// Bind implements Bijection. Errors: a shape that is no vector, a Radius, Strength or Start out of its domain, a network that cannot be.
func (m Radial) Bind(s *param.Scope, base, cond graph.Shape) (Bound, error) {
	d, err := vector("a radial map", base)
	if err != nil {
		return nil, err
	}
	for _, f := range []struct {
		name  string
		scale *scalar.Scale
	}{{"radius", &m.Radius}, {"strength", &m.Strength}} {
		if *f.scale == nil {
			*f.scale = scalar.UnitSoftplus(1e-3)
		}
		if err := (*f.scale).Check(); err != nil {
			return nil, fmt.Errorf("%s of a radial map: %w", f.name, err)
		}
	}
	if !(m.Start >= 0 && m.Start <= 10) {
		return nil, fmt.Errorf("%w: a radial map whose raw numbers begin down to −%g; choose a number from 0 to 10", fault.ErrConfig, m.Start)
	}
	first := func(rng *rand.Rand, data []float64) { data[0] = -m.Start * rng.Float64() }
	g, err := bindGiven(s, m.Net, cond, part{"centre", param.Gaussian(1), d}, part{"radius", first, 1}, part{"strength", first, 1})
	if err != nil {
		return nil, err
	}
	return radial{m, d, g}, nil
}

type radial struct {
	Radial
	d     int
	given given
}

func (m radial) DataShape() graph.Shape { return graph.Shape{m.d} }

func (m radial) parts(b *graph.Builder, cond graph.Value) (centre, alpha, s graph.Value) {
	p := m.given.values(b, cond)
	alpha, _ = m.Radius.Factor(graph.Reshape(p[1]))
	s, _ = m.Strength.Factor(graph.Reshape(p[2]))
	return p[0], alpha, s
}

func (m radial) Forward(b *graph.Builder, u, cond graph.Value) (x, logDet graph.Value) {
	centre, alpha, s := m.parts(b, cond)
	u = graph.Clamp(u, -reach, reach)
	away := graph.Sub(u, centre)
	r := length(away)
	ratio, logDet := m.stretch(r, alpha, s)
	return graph.Add(centre, graph.Mul(away, ratio)), logDet
}

func (m radial) Inverse(b *graph.Builder, x, cond graph.Value) (u, logDet graph.Value) {
	centre, alpha, s := m.parts(b, cond)
	x = graph.Clamp(x, -reach, reach)
	away := graph.Sub(x, centre)
	ratio, logDet := m.stretch(m.shrink(length(away), alpha, s), alpha, s)
	return graph.Add(centre, graph.Div(away, ratio)), graph.Neg(logDet)
}

// stretch is (r + s)/(r + α) and the log-determinant of Forward, of positive terms; what grows with r is divided by r + α first.
func (m radial) stretch(r, alpha, s graph.Value) (ratio, logDet graph.Value) {
	sum := graph.Add(r, alpha)
	ratio = graph.Div(graph.Add(r, s), sum)
	near := graph.Div(r, sum)
	slope := graph.Add(graph.Mul(near, graph.Div(graph.Add(sum, alpha), sum)), graph.Mul(graph.Div(s, sum), graph.Div(alpha, sum)))
	return ratio, graph.Add(graph.Scale(graph.Log(ratio), float64(m.d-1)), graph.Log(slope))
}

// shrink is the r ≥ 0 with r·(r + s)/(r + α) = R, by the form of the root that adds two positive numbers. All lengths are
// divided by the largest, on which the root does not depend.
func (m radial) shrink(length, alpha, s graph.Value) graph.Value {
	unit := graph.StopGradient(graph.Max(graph.Max(length, alpha), s))
	length, alpha, s = graph.Div(length, unit), graph.Div(alpha, unit), graph.Div(s, unit)
	half := graph.Scale(graph.Sub(length, s), 0.5)
	product := graph.Mul(length, alpha)
	square := graph.Add(graph.Square(half), product)
	zero := graph.ZerosLike(square)
	least := graph.LessEq(square, zero) // R = 0 and s vanishes beside the radius, or both terms underflow
	root := graph.Sqrt(graph.Select(least, graph.Offset(zero, 1), square))
	positive := graph.Greater(half, zero)
	divisor := graph.Select(positive, graph.Offset(zero, 1), graph.Sub(root, half))
	r := graph.Select(positive, graph.Add(half, root), graph.Div(product, divisor))
	return graph.Mul(graph.Select(least, zero, r), unit)
}

// length is |v|, with a derivative of 0 at 0. The largest element is divided out before squaring; the result does not depend on it.
func length(v graph.Value) graph.Value {
	largest := graph.StopGradient(graph.MaxOver(graph.Abs(v), 0))
	zero := graph.ZerosLike(largest)
	still := graph.Less(largest, graph.Offset(zero, shortest))
	one := graph.Offset(zero, 1)
	scale := graph.Select(still, one, largest)
	squares := graph.Sum(graph.Square(graph.Div(v, scale)))
	return graph.Select(still, zero, graph.Mul(graph.Sqrt(graph.Select(still, one, squares)), scale))
}

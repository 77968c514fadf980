package bijection

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/internal/root"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/scalar"
)

// Planar moves points along one direction, by an amount that depends on their place along another (planar flow, arXiv 1505.05770):
//
//	x = u + û·h(z),  z = wᵀu + b,  û = v + (m − wᵀv)·w/|w|²,  m = s(wᵀv) − 1 > −1,  log |det ∂x/∂u| = log(1 + m·h′(z))
//
// so that wᵀû = m and the map is a bijection. Inverse solves z + m·h(z) = wᵀx + b, one increasing equation of one unknown, and takes û·h(z) from x:
// in closed form for a leaky ReLU, by a safeguarded Newton iteration for tanh. The one turns into the other under Invert. weight [D], direction
// [D] and bias [1] are w, v and b; under a condition a network adds to all of them. With v = 0, as it begins, or w = 0, the map is
// the identity. w and b begin at random: with b = 0 a chain for a density that is symmetric around 0 would stay an odd function, all of whose
// maps bend at 0. Coordinates beyond ±10³⁰ count as ±10³⁰.
type Planar struct {
	Slope float64        // h is a leaky ReLU with this slope below 0, at most 1; 0: h = tanh
	Scale scalar.Scale   // s; nil: scalar.UnitSoftplus(1e-3). The paper: Softplus; flowjax: LogSoftplus
	Net   nn.Conditioner // under a condition; nil: nn.MLP{}
}

// Bind implements Bijection. Errors: a shape that is no vector, a Slope or Scale out of its domain, a network that cannot be.
func (m Planar) Bind(s *param.Scope, base, cond graph.Shape) (Bound, error) {
	d, err := vector("a planar map", base)
	if err != nil {
		return nil, err
	}
	if !(m.Slope >= 0 && m.Slope <= 1) || m.Slope > 0 && m.Slope < 1e-6 {
		return nil, fmt.Errorf("%w: the slope of a planar map is %g; give 0 for tanh, or a number from 1e-6 to 1", fault.ErrConfig, m.Slope)
	}
	if m.Scale == nil {
		m.Scale = scalar.UnitSoftplus(1e-3)
	}
	if err := m.Scale.Check(); err != nil {
		return nil, fmt.Errorf("planar map: %w", err)
	}
	g, err := bindGiven(s, m.Net, cond, part{"weight", param.Gaussian(1 / math.Sqrt(float64(d))), d}, part{"direction", param.Constant(0), d}, part{"bias", param.Gaussian(1), 1})
	if err != nil {
		return nil, err
	}
	return planar{m, d, g}, nil
}

type planar struct {
	Planar
	d     int
	given given
}

func (m planar) DataShape() graph.Shape { return graph.Shape{m.d} }

// plane is the map's numbers: w, û, b, and the factor s = 1 + wᵀû.
type plane struct{ w, direction, bias, s graph.Value }

func (m planar) plane(b *graph.Builder, cond graph.Value) plane {
	p := m.given.values(b, cond)
	w, v := p[0], p[1]
	s, _ := m.Scale.Factor(dot(w, v))
	n := unit(graph.Reshape(w, 1, m.d))
	n = graph.Reshape(n, m.d)
	length := dot(n, w)
	still := graph.Equal(length, graph.ZerosLike(length)) // w = 0
	one := graph.Offset(graph.ZerosLike(length), 1)
	s = graph.Select(still, one, s)
	// û without the part of v along w, which is replaced.
	along := graph.Sub(graph.Div(graph.Offset(s, -1), graph.Select(still, one, length)), dot(n, v))
	direction := graph.Add(v, graph.Mul(n, along))
	return plane{w, graph.Select(still, graph.ZerosLike(direction), direction), graph.Reshape(p[2]), s}
}

// dot is the product xᵀy of vectors, of shape [].
func dot(x, y graph.Value) graph.Value { return graph.Sum(graph.Mul(x, y)) }

// bend is h(z), and 1 + m·h′(z) = (1 − h′) + s·h′, a sum of positive numbers.
func (m planar) bend(z, s graph.Value) (h, det graph.Value) {
	if m.Slope == 0 {
		h = graph.Tanh(z)
		square := graph.Square(h)
		return h, graph.Add(square, graph.Mul(s, graph.Offset(graph.Neg(square), 1)))
	}
	zero := graph.ZerosLike(z)
	slope := graph.Select(graph.Less(z, zero), graph.Offset(zero, m.Slope), graph.Offset(zero, 1))
	return graph.Mul(z, slope), graph.Add(graph.Offset(graph.Neg(slope), 1), graph.Mul(s, slope))
}

func (m planar) Forward(b *graph.Builder, u, cond graph.Value) (x, logDet graph.Value) {
	p := m.plane(b, cond)
	u = graph.Clamp(u, -reach, reach)
	h, det := m.bend(graph.Add(dot(p.w, u), p.bias), p.s)
	return graph.Add(u, graph.Mul(p.direction, h)), graph.Log(det)
}

func (m planar) Inverse(b *graph.Builder, x, cond graph.Value) (u, logDet graph.Value) {
	p := m.plane(b, cond)
	x = graph.Clamp(x, -reach, reach)
	z := m.place(b, graph.Add(dot(p.w, x), p.bias), p.s)
	h, det := m.bend(z, p.s)
	return graph.Sub(x, graph.Mul(p.direction, h)), graph.Neg(graph.Log(det))
}

// place is the z with z + (s − 1)·h(z) = to. It has the sign of to, and lies between to and to − (s − 1)·sign(to).
func (m planar) place(b *graph.Builder, to, s graph.Value) graph.Value {
	if m.Slope != 0 {
		_, det := m.bend(to, s)
		return graph.Div(to, det)
	}
	other := graph.Sub(to, graph.Mul(graph.Offset(s, -1), graph.Sign(to)))
	in := []graph.Value{to, graph.OnRows(s, to.Type().Rows)}
	away := func(z graph.Value, in []graph.Value) (value, slope graph.Value) {
		to, s := in[0], in[1]
		h, det := m.bend(z, s)
		return graph.Sub(graph.Add(z, graph.Mul(graph.Offset(s, -1), h)), to), det
	}
	return root.Find(b, away, graph.Min(to, other), graph.Max(to, other), in...)
}

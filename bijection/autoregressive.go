package bijection

import (
	"fmt"

	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/scalar"
)

// Autoregressive maps every column with parameters computed from the columns before it in the order, and the condition:
//
//	x_d = f(u_d; θ_d),  θ = net(x, c),  θ_d depends on the x_e with order[e] < order[d],  log |det| = Σ_d log |f′_d|
//
// Inverse is one pass of the network (MAF, arXiv 1705.07057; Invert makes it an IAF, arXiv 1606.04934). Forward fills in one
// column after the other, D passes. The network's weights are called conditioner.….
type Autoregressive struct {
	Order []int      // Order[d] is the position of column d; nil: 0 … D−1
	Map   scalar.Map // nil: scalar.Affine{}
	Net   nn.Masked  // nil: nn.MADE{}
}

// Bind implements Bijection.
func (a Autoregressive) Bind(s *param.Scope, base, cond graph.Shape) (Bound, error) {
	d, err := vector("an autoregressive map", base)
	if err != nil {
		return nil, err
	}
	order := a.Order
	if order == nil {
		for i := range d {
			order = append(order, i)
		}
	}
	if _, err := permutation(order, d); err != nil {
		return nil, err
	}
	b := autoregressive{d: d}
	if b.f, err = bindMap(s, a.Map, d); err != nil {
		return nil, err
	}
	if b.f.Params() > 0 {
		net := a.Net
		if net == nil {
			net = nn.MADE{}
		}
		b.net, err = net.BindMasked(s.Sub("conditioner"), order, cond, b.f.Params())
		if err != nil {
			return nil, fmt.Errorf("conditioner: %w", err)
		}
	}
	return b, nil
}

type autoregressive struct {
	d   int
	f   scalar.Bound
	net nn.Net // nil: the map has no parameters
}

func (a autoregressive) DataShape() graph.Shape { return graph.Shape{a.d} }

func (a autoregressive) theta(b *graph.Builder, x, cond graph.Value) graph.Value {
	if a.net == nil {
		return graph.Value{}
	}
	return a.net.Apply(b, x, cond)
}

func (a autoregressive) Inverse(b *graph.Builder, x, cond graph.Value) (u, logDet graph.Value) {
	u, l := a.f.Inverse(b, x, a.theta(b, x, cond))
	return u, total(l)
}

// Forward solves x = F(x; u) with F(x; u) = f(u; net(x)), and takes the log-determinant at the solution.
func (a autoregressive) Forward(b *graph.Builder, u, cond graph.Value) (x, logDet graph.Value) {
	if a.d > 1 && a.net != nil {
		return a.solve(b, u, cond)
	}
	y, l := a.f.Forward(b, u, a.theta(b, graph.ZerosLike(u), cond)) // nothing depends on x
	return y, total(l)
}

// solve finds the fixed point of F. Column d is right once the columns before it are, so D rounds suffice.
func (a autoregressive) solve(b *graph.Builder, u, cond graph.Value) (x, logDet graph.Value) {
	in := []graph.Value{u}
	if cond.Valid() {
		in = append(in, cond)
	}
	out := fixedPoint(b, "autoregressive", a.d, u.Type(), in, func(x graph.Value, in []graph.Value) []graph.Value {
		var c graph.Value
		if len(in) > 1 {
			c = in[1]
		}
		y, l := a.f.Forward(b, in[0], a.theta(b, x, c))
		return []graph.Value{y, total(l)}
	})
	return out[0], out[1]
}

package bijection

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/scalar"
)

// Coupling passes some columns through and maps the others with parameters computed from these and the condition:
//
//	x_A = u_A,  x_B = f(u_B; θ),  θ = net(u_A, c),  log |det| = Σ_B log |f′|
//
// Both directions cost one pass (NICE, arXiv 1410.8516; RealNVP, arXiv 1605.08803). With no column passed through, as for
// one-dimensional data, θ depends on the condition alone, or is learned directly. The network's weights are called conditioner.….
type Coupling struct {
	Mask []bool         // true: the column passes through; nil: every second one does, beginning with column 1
	Map  scalar.Map     // nil: scalar.Affine{}
	Net  nn.Conditioner // nil: nn.MLP{}
}

// Alternating is a mask in which every second column passes through: the columns d with d % 2 = parity.
func Alternating(n, parity int) []bool {
	mask := make([]bool, n)
	for d := range mask {
		mask[d] = d%2 == parity%2
	}
	return mask
}

// Bind implements Bijection.
func (c Coupling) Bind(s *param.Scope, base, cond graph.Shape) (Bound, error) {
	d, err := vector("a coupling", base)
	if err != nil {
		return nil, err
	}
	mask := c.Mask
	if mask == nil {
		mask = Alternating(d, 1)
	}
	if len(mask) != d {
		return nil, fmt.Errorf("%w: a mask of %d columns for %d", fault.ErrShape, len(mask), d)
	}
	b := coupling{}
	for i, pass := range mask {
		if pass {
			b.passed = append(b.passed, i)
		} else {
			b.mapped = append(b.mapped, i)
		}
	}
	if len(b.mapped) == 0 {
		return nil, fmt.Errorf("%w: the mask passes every column through and leaves none to map", fault.ErrConfig)
	}
	if b.merge, err = permutation(append(append([]int(nil), b.passed...), b.mapped...), d); err != nil {
		return nil, err
	}
	if b.f, err = bindMap(s, c.Map, len(b.mapped)); err != nil {
		return nil, err
	}
	if b.f.Params() > 0 {
		net := c.Net
		if net == nil {
			net = nn.MLP{}
		}
		b.net, err = net.Bind(s.Sub("conditioner"), len(b.passed), cond, b.f.Params()*len(b.mapped))
		if err != nil {
			return nil, fmt.Errorf("conditioner: %w", err)
		}
	}
	return b, nil
}

type coupling struct {
	passed, mapped []int // columns
	merge          []int // position of each column in the passed ones followed by the mapped ones
	f              scalar.Bound
	net            nn.Net
}

func (c coupling) DataShape() graph.Shape { return graph.Shape{len(c.merge)} }

func (c coupling) Forward(b *graph.Builder, u, cond graph.Value) (x, logDet graph.Value) {
	return c.through(b, u, cond, c.f.Forward)
}

func (c coupling) Inverse(b *graph.Builder, x, cond graph.Value) (u, logDet graph.Value) {
	return c.through(b, x, cond, c.f.Inverse)
}

// through applies the scalar map in either direction: the passed columns, and so θ, are the same on both sides.
func (c coupling) through(b *graph.Builder, v, cond graph.Value, f func(*graph.Builder, graph.Value, graph.Value) (graph.Value, graph.Value)) (w, logDet graph.Value) {
	var passed, theta graph.Value
	if len(c.passed) > 0 {
		passed = graph.Take(v, 0, c.passed)
	}
	if c.net != nil {
		theta = graph.Reshape(c.net.Apply(b, passed, cond), c.f.Params(), len(c.mapped))
	}
	w, l := f(b, graph.Take(v, 0, c.mapped), theta)
	if len(c.passed) > 0 {
		w = graph.Concat(0, passed, w)
	}
	return graph.Take(w, 0, c.merge), total(l)
}

package bijection

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/internal/root"
	"diffeo/nn"
	"diffeo/param"
)

// Basis says which orthonormal columns Q a Sylvester map has.
type Basis uint8

// The bases of arXiv 1803.05649.
const (
	Reflected    Basis = iota // a product of reflections, M = D: H-SNF
	Orthonormal               // D×M, the first M columns of such a product with M reflections: every Q there is, as O-SNF reaches by iteration
	Identity                  // the columns in their order, M = D: T-SNF
	ReversedAxes              // the columns in reverse order, the partner of Identity: T-SNF alternates the two
)

// Sylvester is the planar map in M directions at once (Sylvester flow, arXiv 1803.05649):
//
//	x = u + Q·R·tanh(z),  z = S·Qᵀu + b,  log |det ∂x/∂u| = Σ_i log(1 + (1 − tanh² z_i)·R_ii·S_ii)
//
// with orthonormal columns Q [D,M] and upper triangular R and S [M,M], whose diagonals are tanh of raw numbers: R_ii·S_ii > −1, and the map is a
// bijection. Inverse solves y + R·tanh(S·y + b) = Qᵀx from the last row up, where each row is one increasing equation of the one unknown y_i, by a
// safeguarded Newton iteration, and takes Q·R·tanh(z) from x. Invert exchanges the directions. outer and inner [M,M] are R and S with the raw
// numbers on their diagonals (the half below is not used), bias [M] is b; under a condition a network adds to all three. vectors are the reflections of
// Q (see Householder). It begins with R = 0, the identity. Coordinates beyond ±10³⁰ count as ±10³⁰.
type Sylvester struct {
	Basis       Basis
	Rank        int            // M of an Orthonormal basis, 1…D; 0: the smaller of D and 8. The other bases have D
	Reflections int            // of a Reflected basis; 0: the smaller of D and 8
	Net         nn.Conditioner // under a condition; nil: nn.MLP{}
}

// Bind implements Bijection. Errors: a shape that is no vector, an unknown Basis, a Rank or Reflections that it cannot have, a network that
// cannot be.
func (m Sylvester) Bind(s *param.Scope, base, cond graph.Shape) (Bound, error) {
	d, err := vector("a Sylvester map", base)
	if err != nil {
		return nil, err
	}
	switch {
	case m.Basis > ReversedAxes:
		return nil, fmt.Errorf("%w: basis %d of a Sylvester map is none of Reflected, Orthonormal, Identity, ReversedAxes", fault.ErrConfig, m.Basis)
	case m.Basis != Orthonormal && m.Rank != 0:
		return nil, fmt.Errorf("%w: rank %d of a Sylvester map: only an Orthonormal basis has a rank, the others have all directions", fault.ErrConfig, m.Rank)
	case m.Rank < 0 || m.Rank > d:
		return nil, fmt.Errorf("%w: rank %d of a Sylvester map of %d columns", fault.ErrConfig, m.Rank, d)
	case m.Basis != Reflected && m.Reflections != 0:
		return nil, fmt.Errorf("%w: %d reflections of a Sylvester map: only a Reflected basis has a number of them", fault.ErrConfig, m.Reflections)
	}
	b := sylvester{basis: m.Basis, d: d, m: d}
	switch m.Basis {
	case Orthonormal:
		if b.m = m.Rank; b.m == 0 {
			b.m = min(d, 8)
		}
		m.Reflections = b.m
	case Reflected:
		if m.Reflections == 0 {
			m.Reflections = min(d, 8)
		}
	}
	if m.Basis <= Orthonormal {
		if b.q, err = bindReflections(s, m.Reflections, d, false); err != nil {
			return nil, err
		}
	}
	spread := 1 / math.Sqrt(float64(b.m))
	b.given, err = bindGiven(s, m.Net, cond, part{"outer", param.Constant(0), b.m * b.m}, part{"inner", param.Gaussian(spread), b.m * b.m},
		part{"bias", param.Gaussian(spread), b.m})
	if err != nil {
		return nil, err
	}
	return b, nil
}

type sylvester struct {
	basis Basis
	d, m  int
	q     reflections
	given given
}

func (m sylvester) DataShape() graph.Shape { return graph.Shape{m.d} }

// directions is Q for the bases that have one to multiply with.
func (m sylvester) directions(b *graph.Builder) graph.Value {
	if m.basis > Orthonormal {
		return graph.Value{}
	}
	return graph.Slice(m.q.matrix(b), 1, 0, m.m)
}

// onto is Qᵀv, back is Q·y.
func (m sylvester) onto(q, v graph.Value) graph.Value {
	switch m.basis {
	case Identity:
		return v
	case ReversedAxes:
		return graph.Take(v, 0, Reversed(m.d))
	}
	return graph.Linear(graph.Transpose(q), v)
}

func (m sylvester) back(q, y graph.Value) graph.Value {
	switch m.basis {
	case Identity:
		return y
	case ReversedAxes:
		return graph.Take(y, 0, Reversed(m.d))
	}
	return graph.Linear(q, y)
}

// furthest is the largest raw number of a diagonal: 1 + R_ii·S_ii stays above 9·10⁻⁶.
const furthest = 6.5

// sides are R and S without their diagonals, these, and b.
type sides struct{ outer, inner, r, s, bias graph.Value }

func (m sylvester) sides(b *graph.Builder, cond graph.Value) sides {
	p := m.given.values(b, cond)
	outer, inner := graph.Reshape(p[0], m.m, m.m), graph.Reshape(p[1], m.m, m.m)
	edge := func(w graph.Value) graph.Value {
		return graph.Tanh(graph.Clamp(diagonalOf(w, m.m), -furthest, furthest))
	}
	return sides{triangle(b, outer, m.m, above), triangle(b, inner, m.m, above), edge(outer), edge(inner), p[2]}
}

// bend is R·tanh(z) and Σ log(1 + (1 − tanh² z_i)·R_ii·S_ii).
func (p sides) bend(z graph.Value) (y, logDet graph.Value) {
	t := graph.Tanh(z)
	y = graph.Add(graph.Linear(p.outer, t), graph.Mul(p.r, t))
	return y, graph.Sum(graph.Log(lean(t, p.r, p.s)))
}

// lean is 1 + (1 − t²)·r·s = t² + (1 − t²)·(1 + r·s).
func lean(t, r, s graph.Value) graph.Value {
	square := graph.Square(t)
	return graph.Add(square, graph.Mul(graph.Offset(graph.Neg(square), 1), graph.Offset(graph.Mul(r, s), 1)))
}

// inside is S·y + b.
func (p sides) inside(y graph.Value) graph.Value {
	return graph.Add(graph.Add(graph.Linear(p.inner, y), graph.Mul(p.s, y)), p.bias)
}

func (m sylvester) Forward(b *graph.Builder, u, cond graph.Value) (x, logDet graph.Value) {
	q, p := m.directions(b), m.sides(b, cond)
	u = graph.Clamp(u, -reach, reach)
	y, logDet := p.bend(p.inside(m.onto(q, u)))
	return graph.Add(u, m.back(q, y)), logDet
}

func (m sylvester) Inverse(b *graph.Builder, x, cond graph.Value) (u, logDet graph.Value) {
	q, p := m.directions(b), m.sides(b, cond)
	x = graph.Clamp(x, -reach, reach)
	y, logDet := p.bend(p.inside(m.solve(b, p, m.onto(q, x))))
	return graph.Sub(x, m.back(q, y)), graph.Neg(logDet)
}

// solve is the y with y + R·tanh(S·y + b) = to, from the last row up: what is known of the rows below is a part of to_i and of b_i. A row moves
// by at most |R_ii|, which brackets its solution.
func (m sylvester) solve(b *graph.Builder, p sides, to graph.Value) graph.Value {
	var y, bent graph.Value // of the rows below
	for i := m.m - 1; i >= 0; i-- {
		at := func(v graph.Value) graph.Value { return graph.Slice(v, 0, i, i+1) }
		right, shift := at(to), at(p.bias)
		if y.Valid() {
			right = graph.Sub(right, graph.Linear(graph.Slice(at(p.outer), 1, i+1, m.m), bent))
			shift = graph.Add(shift, graph.Linear(graph.Slice(at(p.inner), 1, i+1, m.m), y))
		}
		r, s := at(p.r), at(p.s)
		reach := graph.Abs(r)
		away := func(y graph.Value, in []graph.Value) (value, slope graph.Value) {
			right, shift, r, s := in[0], in[1], in[2], in[3]
			t := graph.Tanh(graph.Add(graph.Mul(s, y), shift))
			return graph.Sub(graph.Add(y, graph.Mul(r, t)), right), lean(t, r, s)
		}
		next := root.Find(b, away, graph.Sub(right, reach), graph.Add(right, reach), right, shift, r, s)
		known := graph.Tanh(graph.Add(graph.Mul(s, next), shift))
		if y.Valid() {
			next, known = graph.Concat(0, next, y), graph.Concat(0, known, bent)
		}
		y, bent = next, known
	}
	return y
}

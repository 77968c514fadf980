package scalar

import (
	"fmt"

	"diffeo/graph"
	"diffeo/param"
)

// TwoSlopes bends from one slope to another along a hyperbola, and so makes skew what is symmetric:
//
//	x = a·u + d·(√(u²+1) − 1),  a = (s₊+s₋)/2,  d = (s₊−s₋)/2,  dx/du = a + d·u/√(u²+1), from s₋ far on the left to s₊ far on the right
//	u = (a·y − d·√(y² + s₊s₋))/s₊s₋,  y = x + d
//
// theta is [raw₊, raw₋] with s = Scale(raw): equal slopes give a line, and 0 the identity, unless the Scale says otherwise. Domain and codomain are ℝ. No
// difference of near numbers is taken, so that both directions keep their digits where the slopes are far apart.
type TwoSlopes struct {
	Scale Scale // nil: BoundedExp{}
}

// Bind implements Map. Errors: a scale with a field out of its domain.
func (m TwoSlopes) Bind(*param.Scope, int) (Bound, error) {
	if m.Scale == nil {
		m.Scale = BoundedExp{}
	}
	if err := m.Scale.Check(); err != nil {
		return nil, fmt.Errorf("map of two slopes: %w", err)
	}
	return twoSlopes{m.Scale}, nil
}

type twoSlopes struct{ scale Scale }

func (twoSlopes) Params() int        { return 2 }
func (twoSlopes) Domain() Interval   { return Line }
func (twoSlopes) Codomain() Interval { return Line }

func (m twoSlopes) Forward(b *graph.Builder, u, theta graph.Value) (x, logDet graph.Value) {
	right, left := m.slopes(theta)
	a, d := middle(right, left), graph.Scale(graph.Sub(right, left), 0.5)
	r, t, size := hypotenuse(b, u, b.Scalar(1)), graph.Abs(u), graph.Abs(d)
	up := graph.Offset(r, 1)
	uphill := graph.LessEq(b.Scalar(0), graph.Mul(d, u)) // towards the larger slope; on the other side a − |d| is the smaller slope itself
	away := graph.Div(graph.Mul(size, graph.Offset(graph.Div(b.Scalar(1), graph.Add(r, t)), 1)), up)
	mean := graph.Select(uphill, graph.Add(a, graph.Mul(d, graph.Div(u, up))), graph.Add(graph.Min(right, left), away))
	slope := graph.Select(uphill, graph.Add(a, graph.Mul(d, graph.Div(u, r))), graph.Add(graph.Min(right, left), graph.Div(graph.Div(size, r), graph.Add(r, t))))
	return graph.Mul(u, mean), graph.Log(slope)
}

func (m twoSlopes) Inverse(b *graph.Builder, x, theta graph.Value) (u, logDet graph.Value) {
	right, left := m.slopes(theta)
	a, d, p := middle(right, left), graph.Scale(graph.Sub(right, left), 0.5), graph.Mul(right, left)
	y := graph.Add(x, d)
	ay, dq := graph.Mul(a, y), graph.Mul(d, hypotenuse(b, y, p))
	same := graph.Greater(graph.Mul(y, d), b.Scalar(0)) // then a·y − d·q = p·(y² − d²)/(a·y + d·q)
	ratio := graph.Div(graph.Add(x, graph.Scale(d, 2)), graph.Select(same, graph.Add(ay, dq), b.Scalar(1)))
	u = graph.Select(same, graph.Mul(x, ratio), graph.Div(graph.Sub(ay, dq), p))
	_, logDet = m.Forward(b, u, theta)
	return u, graph.Neg(logDet)
}

func (m twoSlopes) slopes(theta graph.Value) (right, left graph.Value) {
	right, _ = m.scale.Factor(row(theta, 0))
	left, _ = m.scale.Factor(row(theta, 1))
	return right, left
}

// hypotenuse is √(x² + square), without overflow.
func hypotenuse(b *graph.Builder, x, square graph.Value) graph.Value {
	size := graph.Abs(x)
	near := graph.Less(size, b.Scalar(1e15))
	return graph.Select(near, graph.Sqrt(graph.Add(graph.Square(graph.Select(near, x, b.Scalar(0))), square)), size)
}

package scalar

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Rotation turns a circle by a fixed angle: x = u + By, brought into Low ≤ x < High, log dx/du = 0; it has no parameters. Domain and
// codomain are the interval; outside the log-derivative is −Inf.
type Rotation struct {
	Low, High float64 // both 0: −π … π
	By        float64 // at most half a circle either way
}

// Bind implements Map. Errors: an interval that is empty or not finite, an angle of more than half a circle.
func (m Rotation) Bind(*param.Scope, int) (Bound, error) {
	if m.Low == 0 && m.High == 0 {
		m.Low, m.High = -math.Pi, math.Pi
	}
	c := circle{Interval{m.Low, m.High}}
	if err := c.check(m.By); err != nil {
		return nil, err
	}
	return rotation{c, m.By}, nil
}

type rotation struct {
	circle
	by float64
}

func (rotation) Params() int { return 0 }

func (m rotation) Forward(b *graph.Builder, u, _ graph.Value) (x, logDet graph.Value) {
	return m.turn(b, u, m.by)
}

func (m rotation) Inverse(b *graph.Builder, x, _ graph.Value) (u, logDet graph.Value) {
	return m.turn(b, x, -m.by)
}

func (m rotation) turn(b *graph.Builder, v graph.Value, by float64) (w, logDet graph.Value) {
	inside, at := m.inside(b, v)
	zeros := graph.ZerosLike(v)
	return m.turned(b, graph.Offset(at, by)), graph.Select(inside, zeros, b.Scalar(math.Inf(-1)))
}

// circle is an interval whose ends are the same point.
type circle struct{ Interval }

func (c circle) Domain() Interval   { return c.Interval }
func (c circle) Codomain() Interval { return c.Interval }
func (c circle) width() float64     { return c.High - c.Low }

// check reports an empty interval, one that is not finite, and a turn by more than half of it.
func (c circle) check(by float64) error {
	if !(c.width() > 0) || math.IsInf(c.width(), 0) { // also NaN
		return fmt.Errorf("%w: a circle from %g to %g", fault.ErrConfig, c.Low, c.High)
	}
	if !(math.Abs(by) <= c.width()/2) {
		return fmt.Errorf("%w: a circle from %g to %g turned by %g: half a circle is the most", fault.ErrConfig, c.Low, c.High, by)
	}
	return nil
}

// inside says which points lie in the interval, High included, and brings the others into it.
func (c circle) inside(b *graph.Builder, x graph.Value) (inside, at graph.Value) {
	inside = graph.And(graph.LessEq(b.Scalar(c.Low), x), graph.LessEq(x, b.Scalar(c.High)))
	return inside, graph.Select(inside, x, b.Scalar(c.Low))
}

// turned brings an angle that lies less than a circle outside into Low ≤ … < High. What rounds onto High is Low.
func (c circle) turned(b *graph.Builder, x graph.Value) graph.Value {
	low, high := b.Scalar(c.Low), b.Scalar(c.High)
	up, down := graph.Offset(x, c.width()), graph.Offset(x, -c.width())
	x = graph.Select(graph.Less(x, low), up, graph.Select(graph.Less(x, high), x, down))
	return graph.Select(graph.And(graph.LessEq(low, x), graph.Less(x, high)), x, low)
}

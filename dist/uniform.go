package dist

import (
	"fmt"
	"math"
	"slices"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Uniform is the uniform density on the box Low ≤ x < High: log p(x) = −Σ log(High − Low) inside, −Inf outside, with gradient 0 on
// both sides. The bounds are fixed: they are no parameters.
type Uniform struct{ Low, High []float64 } // one bound a column, finite, Low < High

// UnitBox is the uniform density on [0, 1]^n.
func UnitBox(n int) Uniform {
	return Uniform{make([]float64, n), slices.Repeat([]float64{1}, n)}
}

// Bind implements Distribution.
func (u Uniform) Bind(s *param.Scope, _ graph.Shape) (Bound, error) {
	if len(u.Low) != len(u.High) || len(u.Low) == 0 {
		return nil, fmt.Errorf("%w: a box with %d lower and %d upper bounds", fault.ErrConfig, len(u.Low), len(u.High))
	}
	b := box{low: slices.Clone(u.Low), stream: s.Path() + ".sample"}
	for i, low := range u.Low {
		width := u.High[i] - low
		if !(width > 0) || math.IsInf(width, 0) { // also NaN
			return nil, fmt.Errorf("%w: column %d of a box reaches from %g to %g", fault.ErrConfig, i, low, u.High[i])
		}
		b.width, b.support = append(b.width, width), append(b.support, Interval{low, u.High[i]})
		b.high, b.last = append(b.high, u.High[i]), append(b.last, below(u.High[i], low))
		b.logVolume += math.Log(width)
	}
	return b, nil
}

// below is the largest float32 number under high, so that no draw rounds onto the edge, which is outside; in a box
// that is narrower than that, the largest float64 number.
func below(high, low float64) float64 {
	last := float64(math.Nextafter32(float32(high), float32(math.Inf(-1))))
	if last <= low {
		return math.Nextafter(high, low)
	}
	return last
}

type box struct {
	low, high, width, last []float64
	logVolume              float64
	support                []Interval
	stream                 string
}

func (u box) Event() graph.Shape  { return graph.Shape{len(u.low)} }
func (u box) Support() []Interval { return slices.Clone(u.support) }

func (u box) LogProb(b *graph.Builder, x, _ graph.Value) graph.Value {
	d := len(u.low)
	inside := graph.And(graph.LessEq(b.Const(u.low, d), x), graph.Less(x, b.Const(u.high, d)))
	outside := graph.Select(inside, b.Zeros(d), graph.Broadcast(b.Scalar(math.Inf(-1)), d))
	return graph.Offset(graph.Sum(outside), -u.logVolume)
}

func (u box) Sample(b *graph.Builder, key graph.Value, lanes int, _ graph.Value) graph.Value {
	d := len(u.low)
	z := graph.Random(key, graph.Uniform01, u.stream, lanes, d)
	x := graph.Add(graph.Mul(z, b.Const(u.width, d)), b.Const(u.low, d))
	return graph.Min(x, b.Const(u.last, d))
}

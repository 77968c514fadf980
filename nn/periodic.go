package nn

import (
	"fmt"
	"math"
	"slices"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Periodic shows a network angles as points on a circle: an input x of period P comes as cos(2πx/P) and sin(2πx/P), so that what the network says
// has no seam. Weights are those of the network. Angles beyond ±10⁴ periods count as ±10⁴.
type Periodic struct {
	Net     Conditioner // nil: MLP{}
	Columns []int       // the inputs that are angles, ascending; nil: all
	Periods []float64   // of each of them; nil: 2π
	Mixed   bool        // one learned mix w₁·sin + w₂·cos an angle in the place of both, beginning at w = 1, 1, under mix [angles,2] (normflows); it takes some angles for others
}

// Bind implements Conditioner. Errors: columns that there are not, periods that are not positive, those of the network.
func (m Periodic) Bind(s *param.Scope, in int, cond graph.Shape, out int) (Net, error) {
	if m.Columns == nil {
		for i := range in {
			m.Columns = append(m.Columns, i)
		}
	}
	others, err := besides(m.Columns, in, "an input")
	if err != nil {
		return nil, err
	}
	p := periodic{angles: slices.Clone(m.Columns), others: others}
	if m.Periods != nil && len(m.Periods) != len(m.Columns) {
		return nil, fmt.Errorf("%w: %d periods for %d angles", fault.ErrConfig, len(m.Periods), len(m.Columns))
	}
	for i := range m.Columns {
		period := 2 * math.Pi
		if m.Periods != nil {
			period = m.Periods[i]
		}
		if !(period > 0) || math.IsInf(period, 0) { // also NaN
			return nil, fmt.Errorf("%w: angle %d has the period %g", fault.ErrConfig, i, period)
		}
		p.perPeriod = append(p.perPeriod, 1/period)
	}
	width := in
	switch {
	case !m.Mixed:
		width += len(m.Columns)
	case len(m.Columns) > 0:
		mix := s.Param("mix", param.Constant(1), len(m.Columns), 2)
		p.mix = &mix
	}
	net := m.Net
	if net == nil {
		net = MLP{}
	}
	p.net, err = net.Bind(s, width, cond, out)
	return p, err
}

type periodic struct {
	net            Net
	angles, others []int
	perPeriod      []float64
	mix            *param.Ref
}

// farthest is how many periods are counted: farther out a float32 has no digits for the angle.
const farthest = 1e4

func (p periodic) Apply(b *graph.Builder, x, cond graph.Value) graph.Value {
	n := len(p.angles)
	if n == 0 {
		return p.net.Apply(b, x, cond)
	}
	turns := graph.Clamp(graph.Mul(graph.Take(x, 0, p.angles), b.Const(p.perPeriod, n)), -farthest, farthest)
	turns = graph.Sub(turns, graph.Floor(turns))
	cos, sin := graph.Cos(graph.Scale(turns, 2*math.Pi)), graph.Sin(graph.Scale(turns, 2*math.Pi))
	if p.mix != nil {
		w := p.mix.Value(b)
		at := func(i int) graph.Value { return graph.Reshape(graph.Slice(w, 1, i, i+1), n) }
		mixed := graph.Add(graph.Mul(at(0), sin), graph.Mul(at(1), cos))
		return p.net.Apply(b, p.joined(x, mixed), cond)
	}
	return p.net.Apply(b, p.joined(x, cos, sin), cond)
}

// joined puts what stands for the angles in their places: of several things the first in the place and the others behind all columns.
func (p periodic) joined(x graph.Value, of ...graph.Value) graph.Value {
	n := len(p.angles) + len(p.others)
	place := make([]int, n)
	for i, c := range slices.Concat(p.angles, p.others) {
		place[c] = i
	}
	first := of[0]
	if len(p.others) > 0 {
		first = graph.Concat(0, first, graph.Take(x, 0, p.others))
	}
	first = graph.Take(first, 0, place)
	return graph.Concat(0, append([]graph.Value{first}, of[1:]...)...)
}

package scalar

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// RationalQuadratic is the monotone rational-quadratic spline of Durkan et al. (arXiv 1906.04032): Bins pieces on a box, the same on both
// axes, and the identity outside. theta is [raw widths, raw heights, raw slopes of the inner knots], 3·Bins − 1 numbers, of which 0
// gives the identity:
//
//	width = (High−Low)·(MinWidth + (1 − Bins·MinWidth)·softmax(raw)),  height likewise,  slope = MinSlope + softplus(raw + shift)
//
// with the shift that makes 0 the slope 1, and slopes held under 10⁴. At the ends of the box the slope is 1, so that the derivative has no
// jump. Both directions are closed formulas (graph.RationalQuadratic); widths lie on the data's side, as in nflows,
// normflows and zuko. The zero value has 8 bins on −5 … 5.
type RationalQuadratic struct {
	Bins      int     // 0: 8
	Low, High float64 // the box; both 0: −5 … 5
	MinWidth  float64 // smallest width of a bin, as a share of the box; 0: 10⁻³ (with SoftClip: none)
	MinHeight float64 // likewise
	MinSlope  float64 // 0: 10⁻³

	Boxed       bool    // there is nothing outside the box: domain and codomain are Low … High
	LearnedEnds bool    // slopes at both ends are parameters too, 3·Bins + 1 in all; the derivative then jumps to the tails' 1 (flowjax)
	SharedEnds  bool    // the slopes at both ends are one parameter, the first of 3·Bins in all: on a circle (normflows; see Circular)
	Unshifted   bool    // slope = MinSlope + softplus(raw), 0.69 at 0 (nflows, normflows)
	BinScale    float64 // factor on raw widths and heights; 0: 1 (nflows' couplings: 1/√hidden units)
	SoftClip    float64 // where not 0, zuko's parameters: slopes e^r held softly between SoftClip and 1/SoftClip (it uses 10⁻³), the ratio of widths likewise
	OnBase      bool    // widths lie on the base's side: Forward is the spline, and Inverse its inverse
}

// maxSlope keeps squares of slopes inside float32.
const maxSlope = 1e4

// Bind implements Map. Errors: no bins, an empty box, bins that do not fit into it, a slope out of its domain.
func (m RationalQuadratic) Bind(*param.Scope, int) (Bound, error) {
	c, err := m.config()
	if err != nil {
		return nil, err
	}
	return rationalQuadratic{c, m.OnBase, m.SharedEnds}, nil
}

func (m RationalQuadratic) config() (graph.SplineConfig, error) {
	c := graph.SplineConfig{
		Bins: m.Bins, Low: m.Low, High: m.High, MinWidth: m.MinWidth, MinHeight: m.MinHeight, MinSlope: m.MinSlope, MaxSlope: maxSlope,
		BinScale: m.BinScale, LearnedEnds: m.LearnedEnds || m.SharedEnds, Boxed: m.Boxed,
	}
	if c.Bins == 0 {
		c.Bins = 8
	}
	if c.Low == 0 && c.High == 0 {
		c.Low, c.High = -5, 5
	}
	if c.MinSlope == 0 {
		c.MinSlope = 1e-3
	}
	if c.BinScale == 0 {
		c.BinScale = 1
	}
	if m.SoftClip != 0 {
		if err := within("the slope of the soft clip", m.SoftClip, 1/maxSlope/10, 1); err != nil {
			return c, err
		}
		c.Slope, c.Clip = graph.ClippedSlope, -math.Log(m.SoftClip)
	} else {
		if c.MinWidth == 0 {
			c.MinWidth = 1e-3
		}
		if c.MinHeight == 0 {
			c.MinHeight = 1e-3
		}
		if err := within("the smallest width of a bin", c.MinWidth, 0, 1); err != nil {
			return c, err
		}
		if err := within("the smallest height of a bin", c.MinHeight, 0, 1); err != nil {
			return c, err
		}
		if err := within("the smallest slope", c.MinSlope, 0, 1); err != nil {
			return c, err
		}
		if !m.Unshifted {
			c.SlopeShift = math.Log(math.Expm1(1 - c.MinSlope))
		}
	}
	if err := c.Check(); err != nil {
		return c, fmt.Errorf("%w: %w", fault.ErrConfig, err)
	}
	return c, nil
}

type rationalQuadratic struct {
	c              graph.SplineConfig
	onBase, shared bool
}

func (r rationalQuadratic) Params() int {
	if r.shared {
		return r.c.Params() - 1
	}
	return r.c.Params()
}

// all is theta with the slope of both ends repeated.
func (r rationalQuadratic) all(theta graph.Value) graph.Value {
	if !r.shared {
		return theta
	}
	return graph.Concat(0, theta, graph.Slice(theta, 0, 2*r.c.Bins, 2*r.c.Bins+1))
}

func (r rationalQuadratic) Domain() Interval {
	if r.c.Boxed {
		return Interval{r.c.Low, r.c.High}
	}
	return Line
}

func (r rationalQuadratic) Codomain() Interval { return r.Domain() }

func (r rationalQuadratic) Forward(_ *graph.Builder, u, theta graph.Value) (x, logDet graph.Value) {
	c := r.c
	c.Inverse = !r.onBase
	return graph.RationalQuadratic(c, u, r.all(theta))
}

func (r rationalQuadratic) Inverse(_ *graph.Builder, x, theta graph.Value) (u, logDet graph.Value) {
	c := r.c
	c.Inverse = r.onBase
	return graph.RationalQuadratic(c, x, r.all(theta))
}

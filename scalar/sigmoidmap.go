package scalar

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// SigmoidMap is x = Low + (High−Low)/(1 + e^(−u)), u = log((x−Low)/(High−x)), log du/dx = log((High−Low)/((x−Low)·(High−x))), from ℝ to the
// interval; it has no parameters. (Sigmoid without Map is a Scale.) Outside the codomain Inverse gives u = 0 with logDet = −Inf: the
// density there is 0. Points nearer to High than the number type can tell round onto it. The zero value maps to 0 … 1.
type SigmoidMap struct{ Low, High float64 } // both 0: 0 … 1

// Logit is the inverse of SigmoidMap: x = log((u−Low)/(High−u)), from the interval to ℝ, with the same formulas. Outside the domain
// Forward gives 0 with logDet = −Inf. The zero value maps from 0 … 1.
type Logit struct{ Low, High float64 } // both 0: 0 … 1

// Bind implements Map. Errors: an interval that is empty or not finite.
func (m SigmoidMap) Bind(*param.Scope, int) (Bound, error) { return bindSigmoid(m.Low, m.High) }

// Bind implements Map. Errors: an interval that is empty or not finite.
func (m Logit) Bind(*param.Scope, int) (Bound, error) {
	s, err := bindSigmoid(m.Low, m.High)
	return logit{s}, err
}

func bindSigmoid(low, high float64) (sigmoidMap, error) {
	if low == 0 && high == 0 {
		high = 1
	}
	if !(high-low > 0) || math.IsInf(high-low, 0) { // also NaN
		return sigmoidMap{}, fmt.Errorf("%w: a sigmoid onto %g … %g", fault.ErrConfig, low, high)
	}
	return sigmoidMap{Interval{low, high}}, nil
}

type sigmoidMap struct{ onto Interval }

func (sigmoidMap) Params() int          { return 0 }
func (sigmoidMap) Domain() Interval     { return Line }
func (m sigmoidMap) Codomain() Interval { return m.onto }

func (m sigmoidMap) width() float64 { return m.onto.High - m.onto.Low }

func (m sigmoidMap) Forward(_ *graph.Builder, u, _ graph.Value) (x, logDet graph.Value) {
	x = graph.Offset(graph.Scale(graph.Sigmoid(u), m.width()), m.onto.Low)
	x = graph.Clamp(x, m.onto.Low, m.onto.High) // rounding must not carry it over an end
	return x, graph.Offset(graph.Neg(graph.Add(graph.Softplus(u), graph.Softplus(graph.Neg(u)))), math.Log(m.width()))
}

func (m sigmoidMap) Inverse(b *graph.Builder, x, _ graph.Value) (u, logDet graph.Value) {
	low, high := b.Scalar(m.onto.Low), b.Scalar(m.onto.High)
	inside := graph.And(graph.Less(low, x), graph.Less(x, high))
	safe := graph.Select(inside, x, b.Scalar(m.onto.Low+m.width()/2)) // before the logarithms are taken
	left, right := graph.Log(graph.Sub(safe, low)), graph.Log(graph.Sub(high, safe))
	logDet = graph.Offset(graph.Neg(graph.Add(left, right)), math.Log(m.width()))
	return graph.Sub(left, right), graph.Select(inside, logDet, b.Scalar(math.Inf(-1)))
}

// logit is a sigmoidMap with its directions exchanged.
type logit struct{ sigmoidMap }

func (m logit) Domain() Interval { return m.onto }
func (logit) Codomain() Interval { return Line }

func (m logit) Forward(b *graph.Builder, u, theta graph.Value) (x, logDet graph.Value) {
	return m.sigmoidMap.Inverse(b, u, theta)
}

func (m logit) Inverse(b *graph.Builder, x, theta graph.Value) (u, logDet graph.Value) {
	return m.sigmoidMap.Forward(b, x, theta)
}

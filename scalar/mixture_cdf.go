package scalar

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Law is a distribution on ℝ, symmetric around 0.
type Law uint8

// The laws of a MixtureCDF.
const (
	Logistic Law = iota // G(z) = 1/(1 + e^−z)
	Normal              // G = Φ
)

// MixtureCDF is the distribution function of a mixture, brought back to ℝ by the quantile function of the same law, on the data's side:
//
//	u = G⁻¹(Σₖ wₖ G(zₖ)),  zₖ = sₖ·x + bₖ,  du/dx = Σₖ wₖ sₖ G′(zₖ)/G′(u)
//
// With the logistic law and Weights it is the sigmoidal flow of Huang et al. (arXiv 1804.00779, DSF); with the normal law it makes a mixture
// of normals normal, the step of Gaussianization (Chen and Gopinath 2000; Meng et al., arXiv 2003.01941). theta is [raw b, raw s, raw w], K
// numbers each, where
//
//	sₖ = s₀·Scale(raw),  bₖ = raw − s₀·cₖ,  w = softmax(raw), or 1/K without Weights
//
// with centres cₖ at Spread times the quantiles of G at (k + ½)/K, so that components differ from the start, and s₀ = (1 − var c/var G)^−½, so
// that 0 is near the identity. raw b is held within ±10⁴ and raw w within ±20. All is computed from logarithms, so that tails are as
// precise as the middle. Points beyond ±10⁹ count as there.
//
// Forward solves for x numerically between the least and the largest (u − bₖ)/sₖ, to the rounding of u divided by the slope. The zero value
// has eight logistic components.
type MixtureCDF struct {
	Components int // K; 0: 8
	Law        Law
	Weights    bool
	Scale      Scale   // nil: BoundedExp{}
	Spread     float64 // 0: ½

	Centered bool    // bₖ = Scale(raw)·(raw − s₀·cₖ): components move at the same pace however narrow they are
	Together bool    // every c is 0 (zuko): equal parameters of two components stay equal
	Squeeze  float64 // with the normal law: u = Φ⁻¹((1−ε)·Σ + ε/2), which is bounded (zuko: 10⁻⁶). A u from beyond counts as one at the end
}

// Bind implements Map. Errors: a number of components below 1, an unknown law, a field out of its domain.
func (m MixtureCDF) Bind(*param.Scope, int) (Bound, error) {
	if m.Components == 0 {
		m.Components = 8
	}
	if m.Scale == nil {
		m.Scale = BoundedExp{}
	}
	if m.Spread == 0 {
		m.Spread = 0.5
	}
	switch {
	case m.Components < 1 || m.Components > 10_000:
		return nil, fmt.Errorf("%w: a mixture of %d components; choose a number up to 10000", fault.ErrConfig, m.Components)
	case m.Law > Normal:
		return nil, fmt.Errorf("%w: law %d is neither Logistic nor Normal", fault.ErrConfig, m.Law)
	case m.Law != Normal && m.Squeeze != 0:
		return nil, fmt.Errorf("%w: a squeeze of %g without the normal law", fault.ErrConfig, m.Squeeze)
	}
	if err := m.Scale.Check(); err != nil {
		return nil, fmt.Errorf("mixture: %w", err)
	}
	if err := within("the spread of the components", m.Spread, 0, 0.95); err != nil {
		return nil, err
	}
	if m.Squeeze != 0 {
		if err := within("the squeeze", m.Squeeze, 0, 0.5); err != nil {
			return nil, err
		}
	}
	f := mixtureCDF{MixtureCDF: m, width: 1, centres: make([]float64, m.Components)}
	if !m.Together {
		f.spread()
	}
	return f, nil
}

type mixtureCDF struct {
	MixtureCDF
	width   float64   // s₀
	centres []float64 // s₀·c
}

// spread places the centres.
func (m *mixtureCDF) spread() {
	k, variance := float64(m.Components), 0.
	for i := range m.centres {
		p := (float64(i) + 0.5) / k
		q, of := math.Log(p/(1-p)), math.Pi*math.Pi/3
		if m.Law == Normal {
			q, of = math.Sqrt2*math.Erfinv(2*p-1), 1
		}
		m.centres[i] = m.Spread * q
		variance += m.centres[i] * m.centres[i] / (k * of)
	}
	m.width = 1 / math.Sqrt(1-variance)
	for i := range m.centres {
		m.centres[i] *= m.width
	}
}

func (m mixtureCDF) Params() int {
	if m.Weights {
		return 3 * m.Components
	}
	return 2 * m.Components
}

// end is the largest |u|.
func (m mixtureCDF) end() float64 {
	if m.Squeeze == 0 {
		return math.Inf(1)
	}
	return math.Sqrt2 * math.Erfinv(1-m.Squeeze)
}

func (m mixtureCDF) Domain() Interval { return Interval{-m.end(), m.end()} }
func (mixtureCDF) Codomain() Interval { return Line }

// arguments are b, s, log s and log w, [K,D] each.
func (m mixtureCDF) arguments(b *graph.Builder, theta graph.Value) []graph.Value {
	k := m.Components
	shift := graph.Clamp(graph.Slice(theta, 0, 0, k), -1e4, 1e4)
	shift = graph.Sub(shift, b.Const(m.centres, k, 1))
	s, log := m.Scale.Factor(graph.Slice(theta, 0, k, 2*k))
	if m.Centered {
		shift = graph.Mul(shift, s)
	}
	weights := graph.Add(graph.ZerosLike(shift), b.Scalar(-math.Log(float64(k))))
	if m.Weights {
		weights = graph.LogSoftmax(graph.Clamp(graph.Slice(theta, 0, 2*k, 3*k), -20, 20), 0)
	}
	return []graph.Value{shift, graph.Scale(s, m.width), graph.Offset(log, math.Log(m.width)), weights}
}

// curve is the map without its squeeze.
func (m mixtureCDF) curve(b *graph.Builder) rising {
	return func(x graph.Value, args []graph.Value) (u, logSlope graph.Value) {
		shift, s, logS, weights := args[0], args[1], args[2], args[3]
		z := graph.Add(graph.Mul(graph.Reshape(x, 1, x.Shape()[0]), s), shift)
		if m.Law == Logistic {
			p := graph.Sub(weights, graph.Softplus(graph.Neg(z)))
			q := graph.Sub(weights, graph.Softplus(z))
			u = graph.Sub(graph.LogSumExp(p, 0), graph.LogSumExp(q, 0))
			shares := graph.Sub(graph.Add(graph.LogSoftmax(p, 0), graph.LogSoftmax(q, 0)), weights)
			return u, graph.LogSumExp(graph.Add(shares, logS), 0)
		}
		lower, upper, mills := normalTails(b, z)
		p, q := graph.Add(weights, lower), graph.Add(weights, upper)
		u, negative := normalOf(b, graph.LogSumExp(p, 0), graph.LogSumExp(q, 0))
		_, _, ofU := normalTails(b, u)
		// Σ wₖ sₖ φ(zₖ)/φ(u) by the shares of Φ, and by those of 1 − Φ for u > 0.
		left := graph.Add(graph.LogSoftmax(p, 0), logHazard(b, z, lower, mills))
		right := graph.Add(graph.LogSoftmax(q, 0), logHazard(b, graph.Neg(z), upper, mills))
		return u, graph.Add(graph.LogSumExp(graph.Add(graph.Select(negative, left, right), logS), 0), ofU)
	}
}

// normalOf is the u with log Φ(u) = p and log Φ(−u) = q, from the smaller one.
func normalOf(b *graph.Builder, p, q graph.Value) (u, negative graph.Value) {
	negative = graph.Less(p, q)
	m := normalQuantile(b, graph.Select(negative, p, q))
	return graph.Select(negative, graph.Neg(m), m), negative
}

func (m mixtureCDF) Inverse(b *graph.Builder, x, theta graph.Value) (u, logDet graph.Value) {
	x = graph.Clamp(x, -farOut, farOut)
	u, logDet = m.curve(b)(x, m.arguments(b, theta))
	if m.Squeeze != 0 {
		var l graph.Value
		u, l = m.squeeze(b, u)
		logDet = graph.Add(logDet, l)
	}
	return u, logDet
}

// farOut is where points count as no farther out; with the normal law squares of z must stay inside float32.
const farOut = 1e9

func (m mixtureCDF) Forward(b *graph.Builder, u, theta graph.Value) (x, logDet graph.Value) {
	args := m.arguments(b, theta)
	var l graph.Value
	if m.Squeeze != 0 {
		u, l = m.unsqueeze(b, u)
	}
	u = graph.Clamp(u, -farOut, farOut)
	ends := graph.Div(graph.Sub(graph.Reshape(u, 1, u.Shape()[0]), args[0]), args[1])
	low, high := graph.Neg(graph.MaxOver(graph.Neg(ends), 0)), graph.MaxOver(ends, 0)
	x = solve(b, m.curve(b), u, low, high, args...)
	_, logSlope := m.curve(b)(x, args)
	logDet = graph.Neg(logSlope)
	if l.Valid() {
		logDet = graph.Add(logDet, l)
	}
	return x, logDet
}

// squeeze is Φ⁻¹((1−ε)·Φ(u) + ε/2) with the logarithm of its slope.
func (m mixtureCDF) squeeze(b *graph.Builder, u graph.Value) (v, logSlope graph.Value) {
	lower, upper, _ := normalTails(b, u)
	part := func(log graph.Value) graph.Value {
		return graph.Log(graph.Offset(graph.Scale(graph.Exp(log), 1-m.Squeeze), m.Squeeze/2))
	}
	v, _ = normalOf(b, part(lower), part(upper))
	half := graph.Scale(graph.Sub(graph.Square(v), graph.Square(u)), 0.5)
	return v, graph.Offset(half, math.Log1p(-m.Squeeze))
}

// unsqueeze is the inverse of squeeze.
func (m mixtureCDF) unsqueeze(b *graph.Builder, v graph.Value) (u, logSlope graph.Value) {
	v = graph.Clamp(v, -2*m.end(), 2*m.end())
	lower, upper, _ := normalTails(b, v)
	part := func(log graph.Value) graph.Value {
		rest := graph.Scale(graph.Offset(graph.Exp(log), -m.Squeeze/2), 1/(1-m.Squeeze))
		return graph.Log(graph.Max(rest, b.Scalar(m.Squeeze*0x1p-20)))
	}
	u, _ = normalOf(b, part(lower), part(upper))
	half := graph.Scale(graph.Sub(graph.Square(u), graph.Square(v)), 0.5)
	return u, graph.Offset(half, -math.Log1p(-m.Squeeze))
}

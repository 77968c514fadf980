package dist

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// VonMises has a learned mean angle and a learned concentration κ in every column, on the circle −π ≤ x ≤ π (−Inf outside; both ends count):
//
//	log p(x) = Σ (κ·cos(x − loc) − log 2π·I₀(κ))
//
// The parameters are loc [D], which counts modulo 2π and is held within ±1000, and log_concentration [D]; κ is held within 10⁻¹⁰ … 10⁸. κ·cos is
// computed as −2κ·sin²(½(x − loc)) beside e^−κ·I₀(κ), so that nothing cancels; what remains is κ times the rounding of x: in float32 with
// κ = 10⁴ some 10⁻⁴ at a deviation from loc.
//
// Draws come from rejection, twenty-four proposals for each, of which at least 0.63 are accepted: one draw in 10¹⁰ finds none and is loc itself.
// They are differentiable in both parameters, in κ by the distribution function (Figurnov et al., arXiv 1805.08498).
type VonMises struct {
	Dim           int
	Loc           []float64 // first values of loc; nil: 0
	Concentration []float64 // first values of κ, within 10⁻¹⁰ … 10⁸; nil: 1
}

// Bounds of the concentration, and of the mean angle.
const (
	leastConcentration = 1e-10
	mostConcentration  = 1e8
	mostAngle          = 1000
)

// Bind implements Distribution. Errors: no columns, first values that do not fit.
func (n VonMises) Bind(s *param.Scope, _ graph.Shape) (Bound, error) {
	c, err := onCircles("von Mises density", s, n.Dim)
	if err != nil {
		return nil, err
	}
	loc, err := start("loc", n.Loc, n.Dim)
	if err != nil {
		return nil, err
	}
	var log []float64
	for i, k := range n.Concentration {
		if !(k >= leastConcentration && k <= mostConcentration) {
			return nil, fmt.Errorf("%w: column %d begins with a concentration of %g, outside %g … %g", fault.ErrConfig, i, k,
				leastConcentration, mostConcentration)
		}
		log = append(log, math.Log(k))
	}
	concentration, err := start("log_concentration", log, n.Dim)
	if err != nil {
		return nil, err
	}
	return vonMises{c, 1, s.Param("loc", loc, n.Dim), s.Param("log_concentration", concentration, n.Dim)}, nil
}

type vonMises struct {
	circles
	t                     float64 // the temperature: κ is divided by its square
	loc, logConcentration param.Ref
}

func (n vonMises) parameters(b *graph.Builder) (loc, k graph.Value) {
	loc = wrapped(graph.Clamp(n.loc.Value(b), -mostAngle, mostAngle))
	log := graph.Offset(n.logConcentration.Value(b), -2*math.Log(n.t))
	return loc, graph.Exp(graph.Clamp(log, math.Log(leastConcentration), math.Log(mostConcentration)))
}

// Scaled implements Scaler: κ becomes κ/t². Narrow densities, which are nearly normal with deviation 1/√κ, so have t times the deviation.
func (n vonMises) Scaled(t float64) (Bound, error) {
	n.t *= t
	return n, nil
}

func (n vonMises) LogProb(b *graph.Builder, x, _ graph.Value) graph.Value {
	loc, k := n.parameters(b)
	in := n.inside(b, x)
	x = graph.Select(in, x, graph.ZerosLike(x))
	terms := graph.Sub(graph.Mul(k, fall(graph.Sub(x, loc))), logBessel(b, k))
	return graph.Offset(graph.Add(graph.Sum(terms), n.outside(b, in)), -logTwoPi*float64(n.dim))
}

// fall is cos t − 1.
func fall(t graph.Value) graph.Value {
	return graph.Scale(graph.Square(graph.Sin(graph.Scale(t, 0.5))), -2)
}

// proposals is how many are made for a draw.
const proposals = 24

// Sample: proposals are uniform on the circle for a small κ, otherwise normal with deviation π/(2√κ), since 1 − cos t ≥ 2t²/π² within
// ±π. The first that is accepted is the draw.
func (n vonMises) Sample(b *graph.Builder, key graph.Value, lanes int, _ graph.Value) graph.Value {
	loc, k := n.parameters(b)
	random := func(kind graph.RandomKind, name string) graph.Value {
		return graph.Random(key, kind, n.stream+name, lanes, proposals, n.dim)
	}
	flat := graph.LessEq(k, b.Scalar(0.4)) // where both accept seven of ten
	around := graph.Mul(random(graph.Normal, ""), graph.Div(b.Scalar(math.Pi/2), graph.Sqrt(k)))
	anywhere := graph.Scale(graph.Offset(graph.Scale(random(graph.Uniform01, ".flat"), 2), -1), math.Pi)
	t := graph.Select(flat, anywhere, around)
	envelope := graph.Select(flat, b.Zeros(n.dim), graph.Scale(k, -2/(math.Pi*math.Pi)))
	t = graph.Clamp(t, -4, 4) // beyond ±π proposals are not accepted
	ratio := graph.Sub(graph.Mul(k, fall(t)), graph.Mul(envelope, graph.Square(t)))
	accepted := graph.And(graph.LessEq(graph.Log(random(graph.Uniform01, ".accept")), ratio), n.inside(b, t))
	before := graph.CumSum(graph.ToFloat(accepted), graph.Cumulation{Axis: 0, Exclusive: true})
	first := graph.And(accepted, graph.LessEq(before, b.Scalar(0)))
	drawn := graph.Sum(graph.Select(first, t, b.Zeros(n.dim)), 0)
	return wrapped(graph.Add(loc, learned(b, graph.StopGradient(drawn), k)))
}

// learned is t with the derivative of a draw in κ.
func learned(b *graph.Builder, t, k graph.Value) graph.Value {
	forward := func(in []graph.Value) []graph.Value { return in[:1] }
	return graph.Custom("von mises draw", []graph.Value{t, k}, forward, func(c graph.CustomCall) (in, captured []graph.Value) {
		return []graph.Value{{}, graph.Mul(c.Grad[0], drawSlope(b, c.In[0], c.In[1]))}, nil
	})[0]
}

// drawSlope is ∂t/∂κ of a draw t about 0 that keeps its quantile F(t; κ), by the implicit function theorem:
//
//	∂t/∂κ = −(∂F/∂κ)/p(t) = −∫₀ᵗ e^(κ·(cos s − cos t))·(cos s − E cos) ds
//
// The integral from 0, where the quantile is always ½, is found by Gauss and Legendre's rule; its integrand is about as smooth as a normal.
func drawSlope(b *graph.Builder, t, k graph.Value) graph.Value {
	at, weight := gaussLegendre(24)
	s := graph.Mul(t, b.Const(at, len(at), 1)) // [nodes, D]
	terms := graph.Add(fall(s), meanFall(b, k))
	terms = graph.Mul(terms, graph.Exp(graph.Mul(k, graph.Sub(fall(s), fall(t)))))
	return graph.Neg(graph.Mul(t, graph.Sum(graph.Mul(terms, b.Const(weight, len(weight), 1)), 0)))
}

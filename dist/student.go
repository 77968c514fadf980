package dist

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
	"diffeo/scalar"
)

// StudentT has learned degrees of freedom ν, a learned location and a learned scale in every column, z = (x − loc)/scale, on ℝ^D:
//
//	log p(x) = Σ (log Γ((ν+1)/2) − log Γ(ν/2) − ½ log(ν·π) − log scale − (ν+1)/2·log(1 + z²/ν))
//
// The parameters are log_df [D], loc [D] and log_scale [D], held within ±60; with another Scale, raw_scale [D] in place of log_scale. ν is
// held within 0.1 … 10⁸, and is accurate there in float32 too: the two log-gammas are never subtracted from each other. Neither is z squared, so that
// log p is finite as far as z is.
//
// Draws are those of Bailey (Math. Comp. 62, 1994), from two uniform numbers, without rejection:
//
//	z = √(ν·(u^(−2/ν) − 1))·cos 2πv
//
// They are reparametrised in all parameters, the degrees of freedom among them. u has 2⁻²⁴ as its least value, which bounds them; besides they
// are held within ±10³⁷, which one in five thousand would pass for ν = 0.1, and none for ν ≥ 0.2.
type StudentT struct {
	Dim      int
	DF       []float64    // first values of ν, within 0.1 … 10⁸; nil: 10
	Loc      []float64    // first values of loc; nil: 0
	LogScale []float64    // first values of log_scale or raw_scale; nil: 0
	Scale    scalar.Scale // nil: scalar.PlainExp{}
}

// Bounds of the degrees of freedom.
const (
	leastDF = 0.1
	mostDF  = 1e8
)

// Bind implements Distribution. Errors: no columns, first values that do not fit, a scale with a field out of its domain.
func (n StudentT) Bind(s *param.Scope, _ graph.Shape) (Bound, error) {
	log := make([]float64, len(n.DF))
	for i, df := range n.DF {
		if !(df >= leastDF && df <= mostDF) {
			return nil, fmt.Errorf("%w: column %d begins with %g degrees of freedom, outside %g … %g", fault.ErrConfig, i, df, leastDF, mostDF)
		}
		log[i] = math.Log(df)
	}
	l, err := locate("Student's t", s, n.Dim, n.Loc, n.LogScale, n.Scale)
	if err != nil {
		return nil, err
	}
	first := param.Constant(math.Log(10))
	if n.DF != nil {
		if first, err = start("log_df", log, n.Dim); err != nil {
			return nil, err
		}
	}
	return student{l, s.Param("log_df", first, n.Dim)}, nil
}

type student struct {
	located
	logDF param.Ref
}

func (n student) df(b *graph.Builder) graph.Value {
	return graph.Exp(graph.Clamp(n.logDF.Value(b), math.Log(leastDF), math.Log(mostDF)))
}

func (n student) LogProb(b *graph.Builder, x, _ graph.Value) graph.Value {
	z, log := n.standardized(b, x)
	df := n.df(b)
	fixed := graph.Offset(graph.Sub(gammaRatio(graph.Scale(df, 0.5)), log), -0.5*logTwoPi)
	tail := graph.Mul(graph.Scale(graph.Offset(df, 1), 0.5), log1pSquare(graph.Div(z, graph.Sqrt(df))))
	return graph.Sum(graph.Sub(fixed, tail))
}

// log1pSquare is log(1 + w²) = 2·log|w| + log(1 + 1/w²), by the second form where |w| > 1.
func log1pSquare(w graph.Value) graph.Value {
	one := graph.Offset(graph.ZerosLike(w), 1)
	size := graph.Abs(w)
	outside := graph.Greater(size, one)
	size = graph.Select(outside, size, one)
	small := graph.Select(outside, graph.Div(one, size), w)
	return graph.Add(graph.Scale(graph.Log(size), 2), graph.Log1p(graph.Square(small)))
}

// Sample: with y = −log(u)/ν the radius is √ν·e^y·√(1 − e^−2y), which neither cancels for many degrees of freedom nor overflows for few.
func (n student) Sample(b *graph.Builder, key graph.Value, lanes int, _ graph.Value) graph.Value {
	const most = 85 // e^85 = 8·10³⁶
	df := n.df(b)
	u := n.uniform(key, lanes)
	turn := graph.Random(key, graph.Uniform01, n.stream+".turn", lanes, n.dim)
	y := graph.Min(graph.Div(graph.Neg(graph.Log(u)), df), b.Scalar(most))
	radius := graph.Mul(graph.Exp(y), graph.Sqrt(graph.Neg(graph.Expm1(graph.Scale(y, -2)))))
	z := graph.Mul(graph.Mul(graph.Sqrt(df), radius), graph.Cos(graph.Scale(turn, 2*math.Pi)))
	return graph.Clamp(n.placed(b, z), -1e37, 1e37)
}

// Scaled implements Scaler.
func (n student) Scaled(t float64) (Bound, error) {
	n.t *= t
	return n, nil
}

package graph

import (
	"fmt"
	"math"
)

// The composites that RationalQuadratic and its derivative make. Engines may have kernels for them; without one they run, and
// are differentiated a second time, by their decompositions.
const (
	RationalQuadraticOp    = "rational quadratic"     // Config SplineConfig; x [D], theta [P,D] → y [D], log-derivative [D]
	RationalQuadraticVJPOp = "rational quadratic vjp" // Config SplineVJP; x, theta, gy, glog → those of gx [D], gtheta [P,D] that are wanted
)

// Slope says how a raw number becomes the slope of a spline at a knot.
type Slope uint8

// The slopes.
const (
	SoftplusSlope Slope = iota // min(MinSlope + log(1 + e^(raw+SlopeShift)), MaxSlope)
	ClippedSlope               // exp(raw/(1 + |raw|/Clip)), between e^−Clip and e^Clip
)

// SplineConfig describes a monotone rational-quadratic spline (Durkan et al., arXiv 1906.04032; Gregory and Delbourgo 1982) on the box
// Low … High of both axes. Nothing in it has a default: package scalar gives them.
//
// theta holds, along its first axis, Bins raw widths, Bins raw heights, and the raw slopes: those of the Bins−1 inner knots, or of all
// Bins+1 where LearnedEnds is set. A width is High−Low times MinWidth + (1−Bins·MinWidth)·softmax(BinScale·raw), a height likewise;
// with ClippedSlope the raw number is first replaced by raw/(1 + 2|raw|/Clip).
type SplineConfig struct {
	Bins                int
	Low, High           float64
	MinWidth, MinHeight float64 // shares of the box, at least 0 and below 1/Bins
	BinScale            float64
	Slope               Slope
	MinSlope, MaxSlope  float64 // of SoftplusSlope
	SlopeShift          float64 // of SoftplusSlope
	Clip                float64 // of ClippedSlope
	LearnedEnds         bool    // the slopes at Low and High are parameters; otherwise they are 1
	Boxed               bool    // outside the box the log-derivative is −Inf; otherwise the spline goes on as the identity
	Inverse             bool    // the inverse of the spline that theta describes
}

func (c SplineConfig) String() string {
	type plain SplineConfig
	return fmt.Sprintf("%+v", plain(c))
}

// Params is the number of raw parameters of one column.
func (c SplineConfig) Params() int {
	if c.LearnedEnds {
		return 3*c.Bins + 1
	}
	return 3*c.Bins - 1
}

// Check says what is wrong with the configuration, or returns nil.
func (c SplineConfig) Check() error {
	positive := func(x float64) bool { return x > 0 && !math.IsInf(x, 0) }
	share := func(x float64) bool { return x >= 0 && x*float64(c.Bins) < 1 }
	switch {
	case c.Bins < 1:
		return fmt.Errorf("a spline of %d bins", c.Bins)
	case !positive(c.High-c.Low) || math.IsInf(c.Low, 0) || math.IsInf(c.High, 0):
		return fmt.Errorf("a spline on the box %g … %g", c.Low, c.High)
	case !share(c.MinWidth) || !share(c.MinHeight):
		return fmt.Errorf("%d bins of at least %g (width) and %g (height) of the box do not fit into it", c.Bins, c.MinWidth, c.MinHeight)
	case !positive(c.BinScale):
		return fmt.Errorf("a factor %g on raw widths and heights", c.BinScale)
	case c.Slope == ClippedSlope && !positive(c.Clip):
		return fmt.Errorf("a soft clip of slopes at e^±%g", c.Clip)
	case c.Slope == SoftplusSlope && !(positive(c.MinSlope) && positive(c.MaxSlope) && c.MinSlope < c.MaxSlope):
		return fmt.Errorf("slopes between %g and %g", c.MinSlope, c.MaxSlope)
	case c.Slope == SoftplusSlope && (math.IsNaN(c.SlopeShift) || math.IsInf(c.SlopeShift, 0)):
		return fmt.Errorf("slopes shifted by %g", c.SlopeShift)
	case c.Slope > ClippedSlope:
		return fmt.Errorf("slope %d is neither SoftplusSlope nor ClippedSlope", c.Slope)
	}
	return nil
}

// SplineVJP is the configuration of RationalQuadraticVJPOp: the spline, and which gradients are its results.
type SplineVJP struct {
	Spline   SplineConfig
	X, Theta bool
}

func (v SplineVJP) String() string { return fmt.Sprintf("%v x %t theta %t", v.Spline, v.X, v.Theta) }

// RationalQuadratic is the spline of every column, y [D], and the logarithm of its derivative, [D], for x [D] and theta [P,D]. With ξ the place
// of x in its bin of width w and height h, s = h/w, and slopes d₀ and d₁ at the bin's ends,
//
//	y = y₀ + h·(s·ξ² + d₀·ξ(1−ξ)) / p,  p = s + (d₀ + d₁ − 2s)·ξ(1−ξ),  dy/dx = s²·(d₁·ξ² + 2s·ξ(1−ξ) + d₀·(1−ξ)²) / p²
//
// Both are finite for every finite x and theta, and so are the gradients: arguments are clamped to the box before a bin is looked for.
// A point on a knot counts to the bin on its right; points on the edge of the box are inside.
func RationalQuadratic(c SplineConfig, x, theta Value) (y, logDerivative Value) {
	if err := c.Check(); err != nil {
		Fail(RationalQuadraticOp, "%v", err)
	}
	if s, t := x.Shape(), theta.Shape(); len(s) != 1 || len(t) != 2 || t[0] != c.Params() || t[1] != s[0] {
		Fail(RationalQuadraticOp, "points %v with parameters %v; %d bins need %d parameters a column", s, t, c.Bins, c.Params())
	}
	out := composite(RationalQuadraticOp, c, []Value{x, theta}, func(in []Value) []Value {
		y, l := c.decompose(in[0], in[1])
		return []Value{y, l}
	}, c.derive)
	return out[0], out[1]
}

// derive is the vector–Jacobian product as a composite of its own.
func (c SplineConfig) derive(call CustomCall) (in, captured []Value) {
	v := SplineVJP{c, call.NeedIn[0], call.NeedIn[1]}
	args := []Value{call.In[0], call.In[1], call.Grad[0], call.Grad[1]}
	out := composite(RationalQuadraticVJPOp, v, args, func(in []Value) []Value {
		y, l := c.decompose(in[0], in[1])
		var wrt []Value
		if v.X {
			wrt = append(wrt, in[0])
		}
		if v.Theta {
			wrt = append(wrt, in[1])
		}
		return VJP([]Value{y, l}, in[2:4], wrt)
	}, nil)
	in = make([]Value, 2)
	if v.X {
		in[0], out = out[0], out[1:]
	}
	if v.Theta {
		in[1] = out[0]
	}
	return in, nil
}

// decompose writes the spline in primitive ops.
func (c SplineConfig) decompose(x, theta Value) (y, logDerivative Value) {
	k := c.Bins
	left, width := c.axis(Slice(theta, 0, 0, k), c.MinWidth)
	low, height := c.axis(Slice(theta, 0, k, 2*k), c.MinHeight)
	before, after := c.slopes(Slice(theta, 0, 2*k, c.Params()), x.Shape()[0])
	inside := And(LessEq(scalarLike(x, c.Low), x), LessEq(x, scalarLike(x, c.High)))
	at := Clamp(x, c.Low, c.High)

	edges := left
	if c.Inverse {
		edges = low
	}
	is := inBin(edges, at)
	pick := func(table Value) Value { return Sum(Mul(is, table), 0) }
	b := bin{pick(left), pick(width), pick(low), pick(height), pick(before), pick(after)}
	if c.Inverse {
		y, logDerivative = b.inverse(at)
	} else {
		y, logDerivative = b.forward(at)
	}
	y = within(y, c.Low, c.High) // rounding must not carry it out of the box
	if c.Boxed {
		return y, Select(inside, logDerivative, scalarLike(x, math.Inf(-1)))
	}
	return Select(inside, y, x), Select(inside, logDerivative, scalarLike(x, 0))
}

// axis is where the bins begin along one axis, and how long they are: [K,D] each.
func (c SplineConfig) axis(raw Value, smallest float64) (start, length Value) {
	if c.Slope == ClippedSlope {
		raw = softClip(raw, c.Clip/2)
	}
	share := Softmax(Scale(raw, c.BinScale), 0)
	share = Offset(Scale(share, 1-float64(c.Bins)*smallest), smallest)
	length = Scale(share, c.High-c.Low)
	return Offset(CumSum(length, Cumulation{Axis: 0, Exclusive: true}), c.Low), length
}

// slopes at the beginning and the end of every bin, [K,D] each.
func (c SplineConfig) slopes(raw Value, d int) (before, after Value) {
	var s Value
	if c.Slope == ClippedSlope {
		s = Exp(softClip(raw, c.Clip))
	} else {
		s = Min(Offset(Softplus(Offset(raw, c.SlopeShift)), c.MinSlope), scalarLike(raw, c.MaxSlope))
	}
	if !c.LearnedEnds {
		one := Broadcast(scalarLike(raw, 1), 1, d)
		s = Concat(0, one, s, one)
	}
	return Slice(s, 0, 0, c.Bins), Slice(s, 0, 1, c.Bins+1)
}

// softClip is x/(1 + |x|/bound), within ±bound.
func softClip(x Value, bound float64) Value {
	return Div(x, Offset(Scale(Abs(x), 1/bound), 1))
}

// inBin is 1 in the bin that x lies in and 0 in the others, [K,D]: comparisons with the inner edges, and differences of neighbours.
func inBin(edges, x Value) Value {
	k, d := edges.Shape()[0], x.Shape()[0]
	one := Broadcast(scalarLike(x, 1), 1, d)
	reached := ToFloat(LessEq(Slice(edges, 0, 1, k), x))
	return Sub(Concat(0, one, reached), Concat(0, reached, Broadcast(scalarLike(x, 0), 1, d)))
}

// bin is the bin of each column.
type bin struct{ left, width, low, height, before, after Value }

// forward is y at x, which lies in the bin.
func (b bin) forward(x Value) (y, logDerivative Value) {
	slope := Div(b.height, b.width)
	xi := unit(Div(Sub(x, b.left), b.width))
	rest := Sub(scalarLike(xi, 1), xi)
	q := Mul(xi, rest)
	p := b.denominator(slope, q)
	y = Mul(b.height, Div(Add(Mul(slope, Square(xi)), Mul(b.before, q)), p))
	return Add(b.low, y), b.logDerivative(slope, xi, rest, q, p)
}

// inverse is x at y, which lies in the bin: with t the height of y in it and e = d₀(1−t) − d₁t, ξ solves a·ξ² + b·ξ − s·t = 0 for
// b = e + 2s·t and a = s − b. The discriminant b² + 4a·s·t = e² + 4s²·t(1−t) is written as a sum of squares, so rounding
// cannot make it negative, and of the two forms of the root the one that adds numbers of equal sign is taken.
func (b bin) inverse(y Value) (x, logDerivative Value) {
	one, zero := scalarLike(y, 1), scalarLike(y, 0)
	slope := Div(b.height, b.width)
	t := unit(Div(Sub(y, b.low), b.height))
	rest := Sub(one, t)
	e := Sub(Mul(b.before, rest), Mul(b.after, t))
	twice := Scale(Mul(slope, t), 2)
	linear := Add(e, twice)
	root := Sqrt(Max(Add(Square(e), Mul(Scale(Square(slope), 4), Mul(t, rest))), zero))
	positive := LessEq(zero, linear)
	sum := Add(Select(positive, linear, Neg(linear)), root)
	xi := unit(Div(Select(positive, twice, sum), Select(positive, sum, Scale(Sub(slope, linear), 2))))

	rest = Sub(one, xi)
	q := Mul(xi, rest)
	l := b.logDerivative(slope, xi, rest, q, b.denominator(slope, q))
	return Add(b.left, Mul(xi, b.width)), Neg(l)
}

// denominator is p = s·(1−2q) + (d₀+d₁)·q: as q ≤ ¼, a sum of positive numbers.
func (b bin) denominator(slope, q Value) Value {
	return Add(Mul(slope, Sub(scalarLike(q, 1), Scale(q, 2))), Mul(Add(b.before, b.after), q))
}

func (b bin) logDerivative(slope, xi, rest, q, p Value) Value {
	n := Add(Add(Mul(b.after, Square(xi)), Mul(Scale(slope, 2), q)), Mul(b.before, Square(rest)))
	return Log(Mul(n, Square(Div(slope, p))))
}

// unit is x, which lies in 0 … 1 but for rounding, brought inside; its derivative stays 1.
func unit(x Value) Value { return within(x, 0, 1) }

// within is x, which lies in low … high but for rounding, brought inside; its derivative stays 1.
func within(x Value, low, high float64) Value {
	return Add(x, StopGradient(Sub(Clamp(x, low, high), x)))
}

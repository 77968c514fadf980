package graph

import "fmt"

// The composites that Affine and its derivative make. As with the spline, engines may have kernels for them; without one they run, and
// are differentiated a second time, by their decompositions.
const (
	AffineOp    = "affine"     // Config AffineConfig; x [D], theta [2,D] → y [D], log-derivative [D]
	AffineVJPOp = "affine vjp" // Config AffineConfig; x (where Centered: y), log-derivative, gy, glog → gx [D], gtheta [2,D]
)

// LogScale says how a raw number becomes a log-scale between −Bound and Bound, which near 0 is the number itself.
type LogScale uint8

// The log-scales.
const (
	TanhScale LogScale = iota // Bound·tanh(raw/Bound)
	SoftScale                 // Bound·raw/(Bound + |raw|)
)

// AffineConfig describes increasing affine maps of one variable with theta = [t, raw]. With the log-scale ℓ of raw, or −ℓ where Divide is
// set,
//
//	y = e^ℓ·x + t,  where Centered is set y = e^ℓ·(x − t),  log dy/dx = ℓ
//
// The inverse of a map has the other value of both.
type AffineConfig struct {
	Scale            LogScale
	Bound            float64 // above 0 and at most 80: e^80 and e^−80 are normal float32s
	Divide, Centered bool
}

func (c AffineConfig) String() string {
	return fmt.Sprintf("%s %g divide %t centered %t", [...]string{"tanh", "soft"}[c.Scale], c.Bound, c.Divide, c.Centered)
}

// Check says what is wrong with the configuration, or returns nil.
func (c AffineConfig) Check() error {
	switch {
	case c.Scale > SoftScale:
		return fmt.Errorf("log-scale %d is neither TanhScale nor SoftScale", c.Scale)
	case !(c.Bound > 0 && c.Bound <= 80):
		return fmt.Errorf("log-scales within ±%g: the bound must lie above 0 and not above 80", c.Bound)
	}
	return nil
}

// Affine is the affine map of every column, y [D], and the logarithm of its derivative, [D], for x [D] and theta [2,D]. The factor is finite
// and positive for every finite theta, and so are all derivatives for finite x.
func Affine(c AffineConfig, x, theta Value) (y, logDerivative Value) {
	if err := c.Check(); err != nil {
		Fail(AffineOp, "%v", err)
	}
	if s, t := x.Shape(), theta.Shape(); len(s) != 1 || len(t) != 2 || t[0] != 2 || t[1] != s[0] {
		Fail(AffineOp, "points %v with parameters %v: a column needs 2", s, t)
	}
	var d Derivative
	if x.Type().Rows == theta.Type().Rows { // otherwise one of the gradients is a sum over rows, and the parts know which
		d = c.derive
	}
	out := composite(AffineOp, c, []Value{x, theta}, func(in []Value) []Value {
		t, raw := parameter(in[1], 0), parameter(in[1], 1)
		l := c.log(raw)
		if c.Centered {
			return []Value{Mul(Sub(in[0], t), Exp(l)), l}
		}
		return []Value{Add(Mul(in[0], Exp(l)), t), l}
	}, d)
	return out[0], out[1]
}

// parameter is row p of theta [P,D], of shape [D].
func parameter(theta Value, p int) Value {
	return Reshape(Slice(theta, 0, p, p+1), theta.Shape()[1])
}

// sign is −1 where the map divides.
func (c AffineConfig) sign() float64 {
	if c.Divide {
		return -1
	}
	return 1
}

// log is the log-derivative of a raw number.
func (c AffineConfig) log(raw Value) Value {
	if c.Scale == SoftScale {
		return Scale(Div(raw, Offset(Abs(raw), c.Bound)), c.sign()*c.Bound)
	}
	return Scale(Tanh(Scale(raw, 1/c.Bound)), c.sign()*c.Bound)
}

// derive is the vector–Jacobian product as a composite of its own. It starts from the log-derivative ℓ and, where the shift comes first, from y,
// so that only e^ℓ is computed again: with gx = e^ℓ·gy,
//
//	∂ℓ = gx·x + gl,  gt = gy,  where Centered ∂ℓ = gy·y + gl,  gt = −gx
//	graw = ±(1 − (ℓ/B)²)·∂ℓ,  with SoftScale ±(1 − |ℓ|/B)²·∂ℓ
func (c AffineConfig) derive(call CustomCall) (in, captured []Value) {
	l, gy := call.Out[1], call.Grad[0]
	if !call.NeedIn[1] {
		return []Value{Mul(gy, Exp(l)), {}}, nil
	}
	v := call.In[0]
	if c.Centered {
		v = call.Out[0]
	}
	out := composite(AffineVJPOp, c, []Value{v, l, gy, call.Grad[1]}, func(in []Value) []Value {
		v, l, gy, gl := in[0], in[1], in[2], in[3]
		gx := Mul(gy, Exp(l))
		gt, inner := gy, Mul(gx, v)
		if c.Centered {
			gt, inner = Neg(gx), Mul(gy, v)
		}
		one, share := scalarLike(l, 1), Scale(l, 1/c.Bound)
		slope := Sub(one, Square(share))
		if c.Scale == SoftScale {
			slope = Square(Sub(one, Abs(share)))
		}
		graw := Mul(Scale(slope, c.sign()), Add(inner, gl))
		d := l.Shape()[0]
		return []Value{gx, Concat(0, Reshape(gt, 1, d), Reshape(graw, 1, d))}
	}, nil)
	return out, nil
}

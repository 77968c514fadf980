package graph

import "math"

// NormalLogDensityOp is the composite that NormalLogDensity makes, x [D] → [], without a Config. An engine may have a kernel for it.
const NormalLogDensityOp = "normal log-density"

// NormalLogDensity is the log-density of D independent standard normals, one number for x [D]:
//
//	log N(x; 0, 1) = −½ Σ x² − (D/2)·log 2π,  with gradient −x
//
// It is −Inf where the sum of squares overflows, and NaN where a column is.
func NormalLogDensity(x Value) Value {
	if s := x.Shape(); len(s) != 1 {
		Fail(NormalLogDensityOp, "points of shape %v: it takes [D]", s)
	}
	offset := -0.5 * math.Log(2*math.Pi) * float64(x.Shape()[0])
	return composite(NormalLogDensityOp, nil, []Value{x}, func(in []Value) []Value {
		return []Value{Offset(Scale(Sum(Square(in[0])), -0.5), offset)}
	}, func(c CustomCall) (in, captured []Value) {
		return []Value{Mul(Neg(c.Grad[0]), c.In[0])}, nil
	})[0]
}

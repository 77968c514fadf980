package scalar

import "diffeo/graph"

// heldExp is the largest exponent whose power is still computed: e^80 and its quotients are far inside float32. Maps whose values
// would leave that range hold them there.
const heldExp = 80

// expRatio is (e^z − 1)/z for z ≥ 0, and its limit 1 at z = 0. Under 1, where the derivatives of the quotient cancel, it is
// e^(z/2)·sinh(z/2)/(z/2) by its series, to the last digit of float64. Either branch stays finite where the other is chosen.
func expRatio(b *graph.Builder, z graph.Value) graph.Value {
	near := graph.Less(z, b.Scalar(1))
	half := graph.Scale(graph.Select(near, z, b.Scalar(0)), 0.5)
	series := polynomial(graph.Square(half), 1, 1./6, 1./120, 1./5040, 1./362880, 1./39916800, 1./6227020800, 1./1307674368000)
	far := graph.Select(near, b.Scalar(1), z)
	return graph.Select(near, graph.Mul(graph.Exp(half), series), graph.Div(graph.Expm1(far), far))
}

// logOver is log(1 + λ·a)/λ for a ≥ 0 and λ ≥ 0, and its limit a at λ = 0. With t = λ·a under ¼ it is a·2·artanh(r)/t for r = t/(2 + t), by
// the series of artanh.
func logOver(b *graph.Builder, lambda, a graph.Value) graph.Value {
	t := graph.Mul(lambda, a)
	near, one := graph.Less(t, b.Scalar(0.25)), b.Scalar(1)
	small := graph.Select(near, t, b.Scalar(0))
	over := graph.Offset(small, 2)
	series := polynomial(graph.Square(graph.Div(small, over)), 1, 1./3, 1./5, 1./7, 1./9, 1./11, 1./13, 1./15)
	far := graph.Div(graph.Log1p(graph.Select(near, one, t)), graph.Select(near, one, lambda))
	return graph.Select(near, graph.Mul(a, graph.Div(graph.Scale(series, 2), over)), far)
}

// polynomial is c[0] + c[1]·x + c[2]·x² + … by Horner's rule.
func polynomial(x graph.Value, c ...float64) graph.Value {
	y := graph.Scale(x, c[len(c)-1])
	for i := len(c) - 2; i > 0; i-- {
		y = graph.Mul(graph.Offset(y, c[i]), x)
	}
	return graph.Offset(y, c[0])
}

// sides splits x into its sign, 1 at 0, and its size. The sign is chosen by comparison and not by Sign and Abs, whose derivatives vanish
// at 0, so that maps of the size have their right slope there.
func sides(b *graph.Builder, x graph.Value) (right, sign, size graph.Value) {
	right = graph.LessEq(b.Scalar(0), x)
	sign = graph.Select(right, b.Scalar(1), b.Scalar(-1))
	return right, sign, graph.Mul(x, sign)
}

package sketch

import (
	"math"

	g "diffeo/graph"
)

// dense is W·x + c with the parameters name.weight and name.bias.
func dense(b *g.Builder, name string, x g.Value, out int) g.Value {
	w := b.Param(name+".weight", out, x.Shape()[0])
	return g.Add(g.Linear(w, x), b.Param(name+".bias", out))
}

// mlp has one hidden layer of tanh units.
func mlp(b *g.Builder, name string, x g.Value, hidden, out int) g.Value {
	return dense(b, name+".1", g.Tanh(dense(b, name+".0", x, hidden)), out)
}

// mlpParams are the parameters of an mlp for inputs of size in.
func mlpParams(b *g.Builder, name string, in, hidden, out int) []g.Value {
	return []g.Value{
		b.Param(name+".0.weight", hidden, in), b.Param(name+".0.bias", hidden),
		b.Param(name+".1.weight", out, hidden), b.Param(name+".1.bias", out),
	}
}

// couple is an affine coupling: the first elements of x pass, the rest are scaled and shifted by functions of the first.
// data → base if inverse; the log-determinant is that of the direction taken.
func couple(b *g.Builder, name string, x g.Value, inverse bool) (y, logDet g.Value) {
	d := x.Shape()[0]
	k := d / 2
	pass, rest := g.Slice(x, 0, 0, k), g.Slice(x, 0, k, d)
	theta := mlp(b, name, pass, 6, 2*(d-k))
	logScale, shift := bounded(g.Slice(theta, 0, 0, d-k)), g.Slice(theta, 0, d-k, 2*(d-k))
	logDet = g.Sum(logScale)
	if inverse {
		return g.Concat(0, pass, g.Mul(g.Sub(rest, shift), g.Exp(g.Neg(logScale)))), g.Neg(logDet)
	}
	return g.Concat(0, pass, g.Add(g.Mul(rest, g.Exp(logScale)), shift)), logDet
}

// bounded keeps a log-scale within (−2, 2).
func bounded(x g.Value) g.Value { return g.Scale(g.Tanh(g.Scale(x, 0.5)), 2) }

// logNormal is the log-density of a standard normal.
func logNormal(u g.Value) g.Value {
	return g.Offset(g.Scale(g.Sum(g.Square(u)), -0.5), -0.5*math.Log(2*math.Pi)*float64(u.Shape().Size()))
}

// logNormalAt is the log-density of independent normals at x.
func logNormalAt(x, mean, logScale g.Value) g.Value {
	u := g.Mul(g.Sub(x, mean), g.Exp(g.Neg(logScale)))
	return g.Sub(logNormal(u), g.Sum(logScale))
}

// reverse turns the order of a vector around.
func reverse(x g.Value) g.Value {
	d := x.Shape()[0]
	order := make([]int, d)
	for i := range order {
		order[i] = d - 1 - i
	}
	return g.Take(x, 0, order)
}

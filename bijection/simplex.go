package bijection

import (
	"math"

	"diffeo/graph"
	"diffeo/param"
)

// Simplex makes positive columns whose sum is below 1: the first D of D+1 probabilities, of which the last one is what is left. It breaks a stick (Stan Reference
// Manual, "Unit simplex"): with the stick r_k that is left before column k, r_1 = 1,
//
//	x_k = r_k·σ(v_k),  v_k = u_k − log(D + 1 − k),  log |det| = Σ (log r_k + log σ(v_k) + log σ(−v_k))
//
// So u = 0 is the centre, 1/(D+1) in every column. It has no parameters. The density is with respect to the D columns. Inverse takes what is left
// from 1, so that it loses digits where little is left; where a column is not positive or nothing is left logDet is −Inf, the density 0. The v are held within ±30,
// which keeps probabilities above e^−30 of the stick.
type Simplex struct{}

// heldShare bounds the logits of the shares of a stick.
const heldShare = 30

// Bind implements Bijection. Errors: a shape that is no vector.
func (Simplex) Bind(_ *param.Scope, base, _ graph.Shape) (Bound, error) {
	d, err := vector("probabilities", base)
	if err != nil {
		return nil, err
	}
	shift := make([]float64, d)
	for k := range shift {
		shift[k] = math.Log(float64(d - k))
	}
	return simplex{shift}, nil
}

type simplex struct{ shift []float64 } // log(D + 1 − k)

func (m simplex) DataShape() graph.Shape { return graph.Shape{len(m.shift)} }

func (m simplex) Forward(b *graph.Builder, u, _ graph.Value) (x, logDet graph.Value) {
	v := graph.Clamp(graph.Sub(u, b.Const(m.shift, len(m.shift))), -heldShare, heldShare)
	share, rest := graph.Neg(graph.Softplus(graph.Neg(v))), graph.Neg(graph.Softplus(v)) // log σ(v), log σ(−v)
	left := graph.CumSum(rest, graph.Cumulation{Exclusive: true})                        // log r
	logs := graph.Add(left, share)
	return graph.Exp(logs), graph.Sum(graph.Add(logs, rest))
}

func (m simplex) Inverse(b *graph.Builder, x, _ graph.Value) (u, logDet graph.Value) {
	one := b.Scalar(1)
	before := graph.Sub(one, graph.CumSum(x, graph.Cumulation{Exclusive: true})) // r
	after := graph.Sub(before, x)
	inside := graph.And(graph.Greater(x, b.Scalar(0)), graph.Greater(after, b.Scalar(0)))
	safe := func(v graph.Value) graph.Value { return graph.Log(graph.Select(inside, v, one)) }
	share, rest, left := safe(x), safe(after), safe(before)
	u = graph.Add(graph.Sub(share, rest), b.Const(m.shift, len(m.shift)))
	each := graph.Select(inside, graph.Sub(left, graph.Add(share, rest)), b.Scalar(math.Inf(-1)))
	return u, graph.Sum(each)
}

package scalar

import (
	"math"

	"diffeo/graph"
)

// powers is 1, x, x², …, xⁿ along a new first axis: [n+1,D] of x [D].
func powers(b *graph.Builder, x graph.Value, n int) graph.Value {
	one := graph.Offset(graph.ZerosLike(x), 1)
	d := x.Shape()[0]
	p := graph.Concat(0, graph.Reshape(one, 1, d), graph.Reshape(x, 1, d))
	for k, xk := 2, x; k <= n; k *= 2 { // p holds the powers below k
		xk = graph.Mul(xk, xk)
		p = graph.Concat(0, p, graph.Mul(p, xk))
	}
	return graph.Slice(p, 0, 0, n+1)
}

// bernstein is the basis bᵢ(t) = C(n,i) tⁱ (1−t)ⁿ⁻ⁱ for i = 0 … n, [n+1,D], made of the powers of t and of 1−t up to n or more. All of
// it is positive and sums up to 1: nothing cancels.
func bernstein(b *graph.Builder, t, s graph.Value, n int) graph.Value {
	choose, back := make([]float64, n+1), make([]int, n+1)
	for i := range choose {
		back[i] = n - i
		l, _ := math.Lgamma(float64(n + 1))
		k, _ := math.Lgamma(float64(i + 1))
		m, _ := math.Lgamma(float64(n - i + 1))
		choose[i] = math.Round(math.Exp(l - k - m))
	}
	basis := graph.Mul(graph.Slice(t, 0, 0, n+1), graph.Take(s, 0, back))
	return graph.Mul(basis, b.Const(choose, n+1, 1))
}

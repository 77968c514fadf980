package dist

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"

	"diffeo/graph"
)

// logBessel is log(e^−κ·I₀(κ)) for κ > 0, from the integral I₀(κ) = (1/π)·∫₀^π e^(κ·cos t) dt by the trapezoidal rule, which converges faster
// than any power for periodic functions. Where κ is large the integrand is a narrow normal, of which the rule takes the middle part. All terms are
// positive, so the sum and its derivatives are accurate to some roundings for every κ up to 10⁸.
func logBessel(b *graph.Builder, k graph.Value) graph.Value {
	terms, part, _ := besselTerms(b, k)
	return graph.Add(graph.Log(graph.Sum(terms, 0)), graph.Log(part))
}

// meanFall is 1 − I₁(κ)/I₀(κ), the mean of 1 − cos t.
func meanFall(b *graph.Builder, k graph.Value) graph.Value {
	terms, _, square := besselTerms(b, k)
	return graph.Scale(graph.Div(graph.Sum(graph.Mul(terms, square), 0), graph.Sum(terms, 0)), 2)
}

// besselTerms are the rule's weighted terms e^(κ·(cos t − 1)) [nodes, D], the part of the half circle that it covers, and sin²(t/2). With 64 cells
// the error is e^−41 of the sum up to κ = 200; a part of √(200/κ) keeps it there.
func besselTerms(b *graph.Builder, k graph.Value) (terms, part, square graph.Value) {
	const cells, whole = 64, 200
	half, weight := make([]float64, cells+1), make([]float64, cells+1)
	for i := range half {
		half[i], weight[i] = math.Pi/2*float64(i)/cells, 1./cells
	}
	weight[0], weight[cells] = 0.5/cells, 0.5/cells
	k = graph.Reshape(k, 1, k.Shape()[0])
	part = graph.Min(graph.Sqrt(graph.Div(b.Scalar(whole), graph.StopGradient(k))), b.Scalar(1))
	square = graph.Square(graph.Sin(graph.Mul(part, b.Const(half, cells+1, 1))))
	terms = graph.Mul(graph.Exp(graph.Mul(graph.Scale(k, -2), square)), b.Const(weight, cells+1, 1))
	return terms, graph.Reshape(part, part.Shape()[1]), square
}

// gaussLegendre is the rule of n nodes on [0, 1].
func gaussLegendre(n int) (at, weight []float64) {
	at, weight = make([]float64, n), make([]float64, n)
	quad.Legendre{}.FixedLocations(at, weight, 0, 1)
	return at, weight
}

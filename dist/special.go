package dist

import "diffeo/graph"

// gammaRatio is log Γ(a+½) − log Γ(a) − ½·log a for a > 0, which goes to 0 as 1/a. The log-gammas grow to where float32 has no fraction
// left, so they are not subtracted: Γ(a+1) = a·Γ(a) leads from a to x = a + shift, and there the asymptotic series of the difference
// (DLMF 5.11.8) is good to 10⁻¹⁴. The derivative by its ops is as accurate.
func gammaRatio(a graph.Value) graph.Value {
	const shift = 10
	series := []float64{-1. / 8, 1. / 192, -1. / 640, 17. / 14336, -31. / 18432, 691. / 180224} // of 1/x, 1/x³, 1/x⁵, …
	one := graph.Offset(graph.ZerosLike(a), 1)
	r := graph.Div(one, graph.Offset(a, shift))
	square, sum := graph.Square(r), graph.ZerosLike(a)
	for i := len(series) - 1; i >= 0; i-- {
		sum = graph.Offset(graph.Mul(sum, square), series[i])
	}
	out := graph.Add(graph.Mul(sum, r), graph.Scale(graph.Log1p(graph.Div(graph.Scale(one, shift), a)), 0.5))
	for k := range shift {
		out = graph.Sub(out, graph.Log1p(graph.Div(graph.Scale(one, 0.5), graph.Offset(a, float64(k)))))
	}
	return out
}

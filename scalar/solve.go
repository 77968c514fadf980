package scalar

import (
	"diffeo/graph"
	"diffeo/internal/root"
)

// rising is an increasing function of each element of x: its values and the logarithms of its slopes. args are what it depends on beside
// x; it may use parameters of the model too.
type rising func(x graph.Value, args []graph.Value) (y, logSlope graph.Value)

// solve is the x [D] between low and high with f(x; args) = y, each element by itself. Where y is not between f(low) and f(high) it is
// the nearer end.
func solve(b *graph.Builder, f rising, y, low, high graph.Value, args ...graph.Value) graph.Value {
	away := func(x graph.Value, in []graph.Value) (value, slope graph.Value) {
		v, logSlope := f(x, in[1:])
		return graph.Sub(v, in[0]), graph.Exp(logSlope)
	}
	low, high = graph.Broadcast(low, y.Shape()...), graph.Broadcast(high, y.Shape()...)
	return root.Find(b, away, low, high, append([]graph.Value{y}, args...)...)
}

// middle is that of two numbers.
func middle(a, b graph.Value) graph.Value {
	return graph.Add(graph.Scale(a, 0.5), graph.Scale(b, 0.5))
}

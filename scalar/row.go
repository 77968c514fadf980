package scalar

import "diffeo/graph"

// row is parameter p of every column, of shape [D].
func row(theta graph.Value, p int) graph.Value {
	return graph.Reshape(graph.Slice(theta, 0, p, p+1), theta.Shape()[1])
}

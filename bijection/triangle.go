package bijection

import "diffeo/graph"

// side is the part of a square matrix beside its diagonal.
type side int

const (
	below side = iota - 1
	beside
	above
)

// triangleMask is 1 on the elements of a d×d matrix that lie on that side of the diagonal, and 0 elsewhere.
func triangleMask(d int, s side) []float64 {
	mask := make([]float64, d*d)
	for i := range d {
		for j := range d {
			if i != j && (s == beside || (j > i) == (s == above)) {
				mask[i*d+j] = 1
			}
		}
	}
	return mask
}

// triangle is the elements of w [D,D] on one side of the diagonal, with zeros elsewhere.
func triangle(b *graph.Builder, w graph.Value, d int, s side) graph.Value {
	return graph.Mul(w, b.Const(triangleMask(d, s), d, d))
}

// diagonalOf is the diagonal [D] of w [D,D].
func diagonalOf(w graph.Value, d int) graph.Value {
	at := make([]int, d)
	for i := range at {
		at[i] = i * (d + 1)
	}
	return graph.Take(graph.Flatten(w), 0, at)
}

// onDiagonal is the diagonal matrix [D,D] of v [D].
func onDiagonal(b *graph.Builder, v graph.Value, d int) graph.Value {
	return graph.Mul(b.Const(identityMatrix(d), d, d), graph.Reshape(v, d, 1))
}

func identityMatrix(d int) []float64 {
	one := make([]float64, d*d)
	for i := range d {
		one[i*(d+1)] = 1
	}
	return one
}

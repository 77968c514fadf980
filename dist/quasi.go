package dist

import "math"

// quasiPoints is how many points find a mean in a graph for evaluation.
const quasiPoints = 4096

// lattice is the additive sequence of d columns: point i is ½ + i·step modulo 1, step_j = φ^−(j+1), where φ^(d+1) = φ + 1. Its n points are
// listed as [d,n].
func lattice(d, n int) (points, step []float64) {
	root := 1.5
	for range 60 {
		root = math.Pow(1+root, 1/float64(d+1))
	}
	for j := range d {
		s := math.Pow(root, -float64(j+1))
		step = append(step, s)
		for i := range n {
			_, u := math.Modf(0.5 + float64(i)*s)
			points = append(points, u)
		}
	}
	return points, step
}

// quasiNormals are the points of a lattice, as normal numbers [d,n].
func quasiNormals(d, n int) []float64 {
	points, _ := lattice(d, n)
	for i, u := range points {
		points[i] = math.Sqrt2 * math.Erfinv(2*math.Min(math.Max(u, 0x1p-40), 1-0x1p-40)-1)
	}
	return points
}

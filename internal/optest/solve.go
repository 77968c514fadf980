package optest

import (
	"fmt"

	"diffeo/graph"
)

// solveCases are triangular systems: a diagonal near 2 keeps their solutions of order one.
func solveCases() []Case {
	var cs []Case
	for _, t := range []graph.Triangle{{}, {Upper: true}, {Unit: true}, {Upper: true, Unit: true}} {
		for _, nm := range [][2]int{{4, 1}, {3, 2}, {1, 1}, {0, 2}, {3, 0}} {
			mixed(2, func(tag string, is []bool) {
				n, m := nm[0], nm[1]
				a, b := row(n, n).between(-0.5, 0.5), row(n, m)
				a.Shared, b.Shared = is[0], is[1]
				c := Case{
					Name: fmt.Sprintf("trianglesolve %v [%d,%d] [%d,%d] %s", t, n, n, n, m, tag), In: []Operand{a, b}, Order: 2,
					Build: func(g *graph.Builder, in []graph.Value) []graph.Value {
						return []graph.Value{graph.TriangularSolve(t, graph.Add(in[0], diagonal(g, n, 2)), in[1])}
					},
				}
				if n*m == 0 {
					c = c.flat()
				} else if n == 1 && t.Unit {
					c = c.linear()
				}
				cs = append(cs, c)
			})
		}
	}
	lanes := func(name string, a, b Operand) Case {
		return Case{
			Name: "trianglesolve " + name, In: []Operand{a.between(-0.3, 0.3), b}, Order: 2,
			Build: func(g *graph.Builder, in []graph.Value) []graph.Value {
				a := graph.Add(in[0], diagonal(g, in[0].Shape()[0], 2))
				x := graph.TriangularSolve(graph.Triangle{Upper: true}, graph.Transpose(a), in[1]) // the transposed lower triangle
				return []graph.Value{graph.Tanh(x)}
			},
		}
	}
	return append(cs,
		lanes("of a transpose, a vector", shared(5, 5), row(5)),
		lanes("row×3", row(3, 3).groups(3), shared(3, 2)),
		lanes("row×2, vector", shared(3, 3), row(3).groups(2)),
		lanes("large", shared(19, 19).between(-0.1, 0.1), row(19)),
	)
}

// diagonal is x times the unit matrix.
func diagonal(b *graph.Builder, n int, x float64) graph.Value {
	d := make([]float64, n*n)
	for i := range n {
		d[i*n+i] = x
	}
	return b.Const(d, n, n)
}

package optest

import (
	"fmt"
	"slices"

	"diffeo/graph"
)

// affineCases are the composite of the affine map: rows of parameters, and parameters column by column, as networks give them.
func affineCases() []Case {
	var cs []Case
	for bits := range 8 {
		c := graph.AffineConfig{Bound: 3, Divide: bits&1 != 0, Centered: bits&2 != 0}
		if bits&4 != 0 {
			c.Scale = graph.SoftScale
		}
		f := func(_ *graph.Builder, in []graph.Value) []graph.Value {
			y, l := graph.Affine(c, in[0], in[1])
			return []graph.Value{y, l}
		}
		turned := func(b *graph.Builder, in []graph.Value) []graph.Value {
			return f(b, []graph.Value{graph.Take(in[0], 0, []int{4, 2, 0, 1, 3}), graph.Transpose(in[1])})
		}
		raw := func(o Operand) Operand { // the second derivative of SoftScale jumps at 0
			if c.Scale == graph.SoftScale {
				o.Avoid = []float64{0}
			}
			return o
		}
		name := fmt.Sprintf("affine, %v", c)
		mixed(2, func(tag string, isShared []bool) {
			x, theta := row(7), raw(row(2, 7))
			x.Shared, theta.Shared = isShared[0], isShared[1]
			cs = append(cs, Case{Name: fmt.Sprintf("composite: %s, %s", name, tag), In: []Operand{x, theta}, Build: f, Order: 2})
		})
		xs := slices.Concat(finite, infinite)
		odd, raws := row(len(xs)).values(xs...), row(2, len(xs)).values(append(xs[:len(xs):len(xs)], 0x1p127, -0x1p127, 0.5)...)
		cs = append(cs,
			Case{Name: "composite: " + name + ", [1]", In: []Operand{row(1), raw(row(2, 1))}, Build: f, Order: 2},
			Case{Name: "composite: " + name + ", groups", In: []Operand{row(3).groups(2), raw(row(2, 3).groups(2))}, Build: f, Order: 2},
			Case{Name: "composite: " + name + ", column by column", In: []Operand{row(5), raw(row(5, 2))}, Build: turned, Order: 2},
			Case{Name: "composite: " + name + ", none", In: []Operand{row(0), row(2, 0)}, Build: f, Order: 2}.flat(),
			Case{Name: "special values: " + name, In: []Operand{odd, raws}, Build: f, Why: atKinks},
		)
	}
	return cs
}

package bijection

import "diffeo/graph"

// fixedPoint solves x = F(x; in) for an F whose Jacobian J = ∂F/∂x is nilpotent of order rounds: from any start, here 0, so many
// applications of F give the solution. t is its type. F may use parameters.
//
// The derivative is that of the implicit function, not of the rounds: with the gradient g of x,
//
//	λ = (1 − J)⁻ᵀ g,  the gradients of in and of the parameters are those of F at the solution, weighted by λ.
//
// λ = g + Jᵀλ is a fixed point of the same kind, so this is differentiable as often as wanted, and no round sums over rows.
func fixedPoint(b *graph.Builder, name string, rounds int, t graph.Type, in []graph.Value, f func(x graph.Value, in []graph.Value) graph.Value) graph.Value {
	forward := func(in []graph.Value) []graph.Value {
		start := []graph.Value{graph.OnRows(b.Zeros(t.Shape...), t.Rows)}
		return graph.Repeat(b.Scalar(float64(rounds)), rounds, start, func(_ graph.Value, carry []graph.Value) []graph.Value {
			return []graph.Value{f(carry[0], in)}
		})
	}
	return graph.Custom(name, in, forward, func(c graph.CustomCall) (gin, captured []graph.Value) {
		outer := originals(c.Captured)
		args := append([]graph.Value{c.Out[0], c.Grad[0]}, c.In...)
		lambda := fixedPoint(b, name+"′", rounds, t, args, func(l graph.Value, args []graph.Value) graph.Value {
			x, g := args[0], args[1]
			jl := graph.VJP([]graph.Value{f(x, args[2:])}, []graph.Value{l}, []graph.Value{x})[0]
			return graph.Add(g, jl)
		})
		args[1] = lambda
		out := isolate(name+" gradient", args, func(args []graph.Value) []graph.Value {
			wrt := append(append([]graph.Value(nil), args[2:]...), outer...)
			return graph.VJP([]graph.Value{f(args[0], args[2:])}, []graph.Value{args[1]}, wrt)
		})
		return out[:len(c.In)], out[len(c.In):]
	})[0]
}

package bijection

import "diffeo/graph"

// fixedPoint solves x = F(x; in) for an F whose Jacobian J = ∂F/∂x is nilpotent of order rounds: from any start, here 0, so many
// applications of F give the solution. t is its type. f gives F and what else is wanted, y(x; in); the results are x and y at x. f may use
// parameters.
//
// The derivative is that of the implicit function, not of the rounds: with the gradients g of x and h of y,
//
//	λ = (1 − J)⁻ᵀ (g + (∂y/∂x)ᵀ h),  the gradients of in and of the parameters are those of F and y at the solution, weighted by λ and h.
//
// λ = g + (∂y/∂x)ᵀ h + Jᵀ λ is a fixed point of the same kind, so this is differentiable as often as wanted, and no round sums over rows.
func fixedPoint(b *graph.Builder, name string, rounds int, t graph.Type, in []graph.Value, f func(x graph.Value, in []graph.Value) []graph.Value) []graph.Value {
	forward := func(in []graph.Value) []graph.Value {
		start := []graph.Value{graph.OnRows(b.Zeros(t.Shape...), t.Rows)}
		x := graph.Repeat(b.Scalar(float64(rounds)), rounds, start, func(_ graph.Value, carry []graph.Value) []graph.Value {
			return f(carry[0], in)[:1]
		})
		return append(x, f(x[0], in)[1:]...)
	}
	return graph.Custom(name, in, forward, func(c graph.CustomCall) (gin, captured []graph.Value) {
		outer, all := differentiable(originals(c.Captured))
		// x, the gradients of the results that have one, and in.
		args, has := []graph.Value{c.Out[0]}, make([]bool, len(c.Grad))
		for i, g := range c.Grad {
			zero, known := graph.Uniform(g)
			if has[i] = i == 0 || !known || zero != 0; has[i] {
				args = append(args, g)
			}
		}
		n := len(args)
		args = append(args, c.In...)
		gradients := func(args []graph.Value) []graph.Value {
			gs, next := make([]graph.Value, len(has)), 1
			for i, h := range has {
				if h {
					gs[i] = args[next]
					next++
				}
			}
			return gs
		}
		lambda := fixedPoint(b, name+"′", rounds, t, args, func(l graph.Value, args []graph.Value) []graph.Value {
			x, gs := args[0], gradients(args)
			g := gs[0]
			gs[0] = l
			return []graph.Value{graph.Add(g, graph.VJP(f(x, args[n:]), gs, []graph.Value{x})[0])}
		})[0]
		args[1] = lambda
		out := isolate(name+" gradient", args, func(args []graph.Value) []graph.Value {
			wrt := append(append([]graph.Value(nil), args[n:]...), outer...)
			return graph.VJP(f(args[0], args[n:]), gradients(args), wrt)
		})
		return out[:len(c.In)], all(out[len(c.In):])
	})
}

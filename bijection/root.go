package bijection

import "diffeo/graph"

// equation is f(z; in) = 0 for an f that increases in z. value is f, slope ∂f/∂z > 0, and size the sum of the magnitudes of the terms that f adds
// up, below whose rounding nothing can be known. It uses nothing but its arguments and constants.
type equation func(z graph.Value, in []graph.Value) (value, slope, size graph.Value)

// root solves the equation, element by element, within a bracket low ≤ z ≤ high: by Newton's method, that halves the bracket instead where a
// step would leave it or is not half as long as the one before. Rounding decides where it ends.
//
// The derivative is that of the implicit function and not of the steps: with the gradient g of z,
//
//	λ = g/(∂f/∂z),  the gradients of in are those of −λ·f at the solution
func root(b *graph.Builder, name string, low, high graph.Value, in []graph.Value, f equation) graph.Value {
	forward := func(args []graph.Value) []graph.Value {
		return []graph.Value{bracketed(b, args[0], args[1], func(z graph.Value) (value, slope, size graph.Value) { return f(z, args[2:]) })}
	}
	return graph.Custom(name, append([]graph.Value{low, high}, in...), forward, func(c graph.CustomCall) (gin, captured []graph.Value) {
		z, in := c.Out[0], c.In[2:]
		_, slope, _ := f(z, in)
		args := append([]graph.Value{z, graph.Neg(graph.Div(c.Grad[0], slope))}, in...)
		gin = isolate(name+" gradient", args, func(args []graph.Value) []graph.Value {
			value, _, _ := f(args[0], args[2:])
			return graph.VJP([]graph.Value{value}, []graph.Value{args[1]}, args[2:])
		})
		return append(make([]graph.Value, 2), gin...), nil
	})[0]
}

// mostSteps suffices to halve any bracket of floats until nothing lies between its ends; Newton's steps are some five.
const mostSteps = 200

func bracketed(b *graph.Builder, low, high graph.Value, f func(z graph.Value) (value, slope, size graph.Value)) graph.Value {
	const lowAt, highAt, zAt, stepAt, goingAt, countAt = 0, 1, 2, 3, 4, 5
	between := func(low, high graph.Value) graph.Value {
		return graph.Add(low, graph.Scale(graph.Sub(high, low), 0.5))
	}
	going := graph.Offset(graph.ZerosLike(low), 1) // 1 for an element that is not there yet
	start := []graph.Value{low, high, between(low, high), graph.Sub(high, low), going, b.Scalar(0)}
	more := func(carry []graph.Value) graph.Value {
		any := graph.Greater(graph.MaxOver(graph.Flatten(carry[goingAt]), 0), b.Scalar(0))
		return graph.And(any, graph.Less(carry[countAt], b.Scalar(mostSteps)))
	}
	end := graph.While(start, more, func(carry []graph.Value) []graph.Value {
		z := carry[zAt]
		value, slope, size := f(z)
		zero := graph.ZerosLike(z)
		low := graph.Select(graph.Less(value, zero), z, carry[lowAt])
		high := graph.Select(graph.Less(value, zero), carry[highAt], z)
		newton, middle := graph.Sub(z, graph.Div(value, slope)), between(low, high)
		inside := graph.And(graph.Greater(newton, low), graph.Less(newton, high))
		short := graph.Less(graph.Scale(graph.Abs(graph.Sub(newton, z)), 2), carry[stepAt])
		next := graph.Select(graph.And(inside, short), newton, middle) // a NaN is neither inside nor short
		size = graph.Scale(size, 4)
		there := graph.Equal(graph.Add(size, value), size) // the value is rounding
		next = graph.Select(there, graph.Select(inside, newton, z), next)
		open := graph.And(graph.Less(low, next), graph.Less(next, high))
		moving := graph.And(open, graph.Not(graph.Or(there, graph.Equal(next, z))))
		was := graph.Greater(carry[goingAt], zero)
		keep := func(now, before graph.Value) graph.Value { return graph.Select(was, now, before) }
		return []graph.Value{keep(low, carry[lowAt]), keep(high, carry[highAt]), keep(next, z),
			keep(graph.Abs(graph.Sub(next, z)), carry[stepAt]), graph.ToFloat(graph.And(was, moving)), graph.Offset(carry[countAt], 1)}
	})
	return end[zAt]
}

// magnitudes is |v_1| + |v_2| + …
func magnitudes(vs ...graph.Value) graph.Value {
	sum := graph.Abs(vs[0])
	for _, v := range vs[1:] {
		sum = graph.Add(sum, graph.Abs(v))
	}
	return sum
}

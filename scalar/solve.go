package scalar

import "diffeo/graph"

// rising is an increasing function of each element of x: its values and the logarithms of its slopes. args are what it depends on beside
// x; it may use parameters of the model too.
type rising func(x graph.Value, args []graph.Value) (y, logSlope graph.Value)

// mostRounds bounds the rounds of solve. Some ten are usual; every one that is no good step of Newton's method halves the bracket.
const mostRounds = 200

// solve is the x [D] between low and high with f(x; args) = y, each element by itself. Where y is not between f(low) and f(high) it is
// the nearer end.
//
// It is Newton's method inside a bracket that shrinks with every round, and bisection wherever a step leaves the bracket or is not half as
// long as the one before. So it converges for every increasing f, also where the slope is wrong or jumps, until the bracket or the step is
// lost in the rounding of x (or of 2⁻¹² of the first bracket, for an x near 0). A step of Newton's overshoots a little, so that the root
// lies between it and the last one: the bracket is then as short as the step, and rounding errors of f cannot send x far away.
//
// The derivative is that of the implicit function and not of the rounds, dx = (dy − ∂f/∂θ dθ)/f′(x) for args and parameters θ, and is
// differentiable in its turn.
func solve(b *graph.Builder, f rising, y, low, high graph.Value, args ...graph.Value) graph.Value {
	low = graph.StopGradient(graph.Broadcast(low, y.Shape()...))
	high = graph.StopGradient(graph.Broadcast(high, y.Shape()...))
	forward := func(in []graph.Value) []graph.Value {
		x, _ := bracketed(b, f, in[0], in[1], in[2], in[3:])
		return []graph.Value{x}
	}
	implicit := func(c graph.CustomCall) (in, captured []graph.Value) {
		in, captured = make([]graph.Value, len(c.In)), make([]graph.Value, len(c.Captured))
		v, logSlope := f(c.Out[0], c.In[3:])
		in[0] = graph.Mul(c.Grad[0], graph.Exp(graph.Min(graph.Neg(logSlope), b.Scalar(steepest))))
		wrt, to := needed(c, 3, in, captured)
		if len(wrt) > 0 {
			for i, g := range graph.VJP([]graph.Value{v}, []graph.Value{graph.Neg(in[0])}, wrt) {
				*to[i] = g
			}
		}
		return in, captured
	}
	return graph.Custom("solve", append([]graph.Value{y, low, high}, args...), forward, implicit)[0]
}

// steepest is the logarithm of the largest slope of an inverse that enters a gradient; where the curve is flatter still, it counts as this.
const steepest = 60

// needed lists the inputs of a custom derivative, from the given one on, and its captured values, whose gradients will be used, and where these
// go.
func needed(c graph.CustomCall, from int, in, captured []graph.Value) (wrt []graph.Value, to []*graph.Value) {
	for i := from; i < len(in); i++ {
		if c.NeedIn[i] {
			wrt, to = append(wrt, c.In[i]), append(to, &in[i])
		}
	}
	for i := range captured {
		if c.NeedCaptured[i] {
			wrt, to = append(wrt, c.Captured[i]), append(to, &captured[i])
		}
	}
	return wrt, to
}

// bracketed is the loop of solve. Carried are x, the ends of the bracket, the length of the last step (0: this element is done) and
// the number of rounds to go, which is the second result.
func bracketed(b *graph.Builder, f rising, y, low, high graph.Value, args []graph.Value) (x, left graph.Value) {
	zero := b.Scalar(0)
	width := graph.Sub(high, low)
	least := graph.Scale(width, 0x1p-12)
	goesOn := func(c []graph.Value) graph.Value {
		return graph.And(graph.Greater(graph.MaxOver(c[3], 0), zero), graph.Greater(c[4], zero))
	}
	step := func(c []graph.Value) []graph.Value {
		x, low, high, last := c[0], c[1], c[2], c[3]
		v, logSlope := f(x, args)
		above := graph.Less(y, v)
		low, high = graph.Select(above, low, x), graph.Select(above, x, high)

		newton := graph.Mul(graph.Sub(v, y), graph.Exp(graph.Neg(logSlope)))
		length := graph.Abs(newton)
		shrinks := graph.LessEq(length, graph.Scale(last, 0.5))
		ratio := graph.Div(length, graph.Select(graph.Greater(last, zero), last, b.Scalar(1)))
		// The next error is about ratio²·length: twice that on the other side of the root.
		overshoot := graph.Min(graph.Scale(graph.Square(graph.Min(ratio, b.Scalar(1))), 2), b.Scalar(1./16))
		next := graph.Sub(x, graph.Mul(newton, graph.Offset(overshoot, 1)))
		good := graph.And(shrinks, graph.And(graph.Less(low, next), graph.Less(next, high)))
		half := graph.Scale(graph.Sub(high, low), 0.5)
		next, length = graph.Select(good, next, middle(low, high)), graph.Select(good, length, half)

		size := graph.Max(graph.Abs(x), least)
		lost := graph.Or(graph.LessEq(next, low), graph.LessEq(high, next))
		lost = graph.Or(lost, graph.Or(graph.Equal(graph.Add(size, length), size), graph.Equal(v, y)))
		done := graph.Or(lost, graph.LessEq(last, zero))
		return []graph.Value{
			graph.Select(done, x, next), low, high, graph.Select(done, zero, length), graph.Offset(c[4], -1),
		}
	}
	out := graph.While([]graph.Value{middle(low, high), low, high, width, b.Scalar(mostRounds)}, goesOn, step)
	return out[0], out[4]
}

// middle is that of two numbers.
func middle(a, b graph.Value) graph.Value {
	return graph.Add(graph.Scale(a, 0.5), graph.Scale(b, 0.5))
}

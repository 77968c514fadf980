// Package root finds where an increasing function is zero, as graph code: maps without a formula for one of their directions invert the
// other by it.
package root

import (
	"math"

	"diffeo/graph"
)

// Function increases in x, element by element: its values and its slopes ∂f/∂x > 0, both of x's shape. args are what it depends on beside x; it
// may use parameters of the model too.
type Function func(x graph.Value, args []graph.Value) (value, slope graph.Value)

// Find is the x with f(x; args) = 0 between low and high, which have its shape, each element by itself. Where f is positive at low it is low, and
// where f is negative at high it is high.
//
// It is Newton's method inside a bracket that shrinks with every round. A step that is not half as long as the one before may be all rounding: then a
// probe of some times its length shows on which side the root is, and makes the bracket short, or is followed by a longer one; where the steps are
// long, the bracket is halved. So it converges for every increasing f, also where the slope is wrong, jumps or is NaN, until the bracket or the step is lost
// in the rounding of x (or of 2⁻¹² of the first bracket, for an x near 0). A step of Newton's overshoots a little, so that the root lies between it
// and the last one.
//
// The derivative is that of the implicit function and not of the rounds, dx = −∂f/∂θ dθ / f′(x) for args and parameters θ, and is
// differentiable in its turn. Neither an element nor its derivative depends on other elements or rows, if f's do not.
func Find(b *graph.Builder, f Function, low, high graph.Value, args ...graph.Value) graph.Value {
	in := append([]graph.Value{graph.StopGradient(low), graph.StopGradient(high)}, args...)
	forward := func(in []graph.Value) []graph.Value {
		x, _ := search(b, f, in[0], in[1], in[2:])
		return []graph.Value{x}
	}
	return graph.Custom("root", in, forward, func(c graph.CustomCall) (in, captured []graph.Value) {
		in, captured = make([]graph.Value, len(c.In)), make([]graph.Value, len(c.Captured))
		wrt, to := c.Needed(2, in, captured)
		if len(wrt) == 0 {
			return in, captured
		}
		value, slope := f(c.Out[0], c.In[2:])
		weight := graph.Neg(graph.Div(c.Grad[0], graph.Max(slope, b.Scalar(flattest))))
		for i, g := range graph.VJP([]graph.Value{value}, []graph.Value{weight}, wrt) {
			*to[i] = g
		}
		return in, captured
	})[0]
}

// flattest is the least slope that enters a gradient; where the curve is flatter still, it counts as this.
var flattest = math.Exp(-60)

// mostRounds bounds the rounds of search. Some ten are usual; every one that is no good step of Newton's method halves the bracket.
const mostRounds = 200

// search is the loop of Find. Carried are x, the ends of the bracket, the length of the last step and the number of rounds to go, which is the
// second result. For the length of a probe stands its negative, for that of a halving the whole bracket, so that a step of Newton's may
// follow to its end, and 0 for an element that is done.
func search(b *graph.Builder, f Function, low, high graph.Value, args []graph.Value) (x, left graph.Value) {
	zero := b.Scalar(0)
	width := graph.Sub(high, low)
	least := graph.Scale(width, 0x1p-12)
	goesOn := func(c []graph.Value) graph.Value {
		return graph.And(graph.Greater(graph.Abs(c[3]), zero), graph.Greater(c[4], zero))
	}
	step := func(c []graph.Value) []graph.Value {
		x, low, high, last := c[0], c[1], c[2], c[3]
		value, slope := f(x, args)
		above := graph.Greater(value, zero)
		low, high = graph.Select(above, low, x), graph.Select(above, x, high)
		half, between := graph.Scale(graph.Sub(high, low), 0.5), middle(low, high)

		newton := graph.Div(value, slope)
		length := graph.Abs(newton)
		shrinks := graph.LessEq(length, graph.Scale(last, 0.5))
		ratio := graph.Div(length, last)
		// The next error is about ratio²·length: twice that on the other side of the root.
		overshoot := graph.Min(graph.Scale(graph.Square(graph.Min(ratio, b.Scalar(1))), 2), b.Scalar(1./16))
		next := graph.Min(graph.Max(graph.Sub(x, graph.Mul(newton, graph.Offset(overshoot, 1))), low), high)
		good := graph.And(shrinks, graph.Not(graph.Equal(next, x))) // a NaN does not shrink

		// A probe that has passed the root leaves a bracket of its length, which is halved; one that has not is followed by a longer one.
		probe := graph.Scale(graph.Select(graph.Less(last, zero), graph.Neg(last), graph.Add(length, last)), probing)
		probes := graph.Less(graph.Scale(probe, 2), half)
		beyond := graph.Add(x, graph.Select(above, graph.Neg(probe), probe))
		next = graph.Select(good, next, graph.Select(probes, beyond, between))
		stride := graph.Select(good, length, graph.Select(probes, probe, half))

		size := graph.Max(graph.Abs(x), least)
		lost := func(length graph.Value) graph.Value { return graph.Equal(graph.Add(size, length), size) }
		done := graph.Or(graph.LessEq(between, low), graph.LessEq(high, between))
		done = graph.Or(done, graph.Or(graph.Equal(value, zero), graph.Or(lost(stride), graph.And(shrinks, lost(length)))))
		last = graph.Select(good, length, graph.Select(probes, graph.Neg(probe), graph.Sub(high, low)))
		return []graph.Value{
			graph.Select(done, x, next), low, high, graph.Select(done, zero, last), graph.Offset(c[4], -1),
		}
	}
	rounds := graph.Offset(graph.ZerosLike(low), mostRounds)
	out := graph.While([]graph.Value{middle(low, high), low, high, width, rounds}, goesOn, step)
	return out[0], out[4]
}

// probing is how many times the length of the last two steps a probe goes.
const probing = 4

// middle is that of two numbers.
func middle(a, b graph.Value) graph.Value {
	return graph.Add(graph.Scale(a, 0.5), graph.Scale(b, 0.5))
}

package scalar

import "diffeo/graph"

// A curve u = f(x) between two ends that goes on outside as lines, with the slopes at the ends. It is explicit from x to u; the other way
// is solved for numerically between the ends, to the rounding of u divided by the slope.
type lined struct {
	f    rising
	args []graph.Value
	ends [2]end
}

// end is where a line begins.
type end struct {
	x           float64
	u, logSlope graph.Value
}

// lines continues f outside of low … high. like is a value of the type of x.
func lines(b *graph.Builder, f rising, low, high float64, like graph.Value, args ...graph.Value) lined {
	l := lined{f: f, args: args}
	for i, x := range []float64{low, high} {
		l.ends[i].x = x
		l.ends[i].u, l.ends[i].logSlope = f(graph.Offset(graph.ZerosLike(like), x), args)
	}
	return l
}

// rise is the explicit direction.
func (l lined) rise(b *graph.Builder, x graph.Value) (u, logSlope graph.Value) {
	low, high := l.ends[0], l.ends[1]
	below, above := graph.LessEq(x, b.Scalar(low.x)), graph.LessEq(b.Scalar(high.x), x)
	u, logSlope = l.f(graph.Select(graph.Or(below, above), b.Scalar(between(low.x, high.x)), x), l.args)
	for i, out := range []graph.Value{below, above} {
		slope, start := l.ends[i].line()
		u = graph.Select(out, graph.Add(graph.Mul(x, slope), start), u)
		logSlope = graph.Select(out, l.ends[i].logSlope, logSlope)
	}
	return u, logSlope
}

// solve is the other direction, with the logarithm of its own slope.
func (l lined) solve(b *graph.Builder, u graph.Value) (x, logSlope graph.Value) {
	low, high := l.ends[0], l.ends[1]
	below, above := graph.LessEq(u, low.u), graph.LessEq(high.u, u)
	target := graph.Select(graph.Or(below, above), middle(low.u, high.u), u)
	x = solve(b, l.f, target, b.Scalar(low.x), b.Scalar(high.x), l.args...)
	_, logSlope = l.f(x, l.args)
	logSlope = graph.Neg(logSlope)
	for i, out := range []graph.Value{below, above} {
		slope, start := l.ends[i].line()
		x = graph.Select(out, graph.Div(graph.Sub(u, start), slope), x)
		logSlope = graph.Select(out, graph.Neg(l.ends[i].logSlope), logSlope)
	}
	return x, logSlope
}

// line is u = slope·x + start. In this form a slope of 1 through (x, x) is the identity to the bit.
func (e end) line() (slope, start graph.Value) {
	slope = graph.Exp(e.logSlope)
	return slope, graph.Sub(e.u, graph.Scale(slope, e.x))
}

func between(a, b float64) float64 { return 0.5*a + 0.5*b }

package scalar

import "diffeo/graph"

// A curve u = f(x) between two ends that goes on outside as lines, with the slopes at the ends. It is explicit from x to u; the other way
// is solved for numerically between the ends, to the rounding of u divided by the slope.
type lined struct {
	f         rising
	low, high float64
	args      []graph.Value
	given     *[2]end // known better than by f; nil: f's
}

// end is where a line begins.
type end struct {
	x           float64
	u, logSlope graph.Value
}

// lines continues f outside of low … high.
func lines(f rising, low, high float64, args ...graph.Value) lined {
	return lined{f: f, low: low, high: high, args: args}
}

// rise is the explicit direction. Outside, f at the nearer end says where the line goes.
func (l lined) rise(b *graph.Builder, x graph.Value) (u, logSlope graph.Value) {
	if l.given != nil {
		return l.riseGiven(b, x)
	}
	inside := graph.Clamp(x, l.low, l.high)
	u, logSlope = l.f(inside, l.args)
	return graph.Add(u, graph.Mul(graph.Exp(logSlope), graph.Sub(x, inside))), logSlope
}

// riseGiven is rise with given ends.
func (l lined) riseGiven(b *graph.Builder, x graph.Value) (u, logSlope graph.Value) {
	below, above := graph.LessEq(x, b.Scalar(l.low)), graph.LessEq(b.Scalar(l.high), x)
	u, logSlope = l.f(graph.Select(graph.Or(below, above), b.Scalar(between(l.low, l.high)), x), l.args)
	for i, out := range []graph.Value{below, above} {
		slope, start := l.given[i].line()
		u = graph.Select(out, graph.Add(graph.Mul(x, slope), start), u)
		logSlope = graph.Select(out, l.given[i].logSlope, logSlope)
	}
	return u, logSlope
}

// solve is the other direction, with the logarithm of its own slope.
func (l lined) solve(b *graph.Builder, u graph.Value) (x, logSlope graph.Value) {
	ends := l.ends(u)
	below, above := graph.LessEq(u, ends[0].u), graph.LessEq(ends[1].u, u)
	target := graph.Select(graph.Or(below, above), middle(ends[0].u, ends[1].u), u)
	x = solve(b, l.f, target, b.Scalar(l.low), b.Scalar(l.high), l.args...)
	_, logSlope = l.f(x, l.args)
	logSlope = graph.Neg(logSlope)
	for i, out := range []graph.Value{below, above} {
		slope, start := ends[i].line()
		x = graph.Select(out, graph.Div(graph.Sub(u, start), slope), x)
		logSlope = graph.Select(out, graph.Neg(ends[i].logSlope), logSlope)
	}
	return x, logSlope
}

// ends are where the lines begin, for values of the type of like.
func (l lined) ends(like graph.Value) [2]end {
	if l.given != nil {
		return *l.given
	}
	var ends [2]end
	for i, x := range []float64{l.low, l.high} {
		ends[i].x = x
		ends[i].u, ends[i].logSlope = l.f(graph.Offset(graph.ZerosLike(like), x), l.args)
	}
	return ends
}

// line is u = slope·x + start. In this form a slope of 1 through (x, x) is the identity to the bit.
func (e end) line() (slope, start graph.Value) {
	slope = graph.Exp(e.logSlope)
	return slope, graph.Sub(e.u, graph.Scale(slope, e.x))
}

func between(a, b float64) float64 { return 0.5*a + 0.5*b }

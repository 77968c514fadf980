package scalar

import (
	"math"

	"diffeo/graph"
)

// cubicPieces are Hermite cubics: at the place t of a bin of width w and height h, with the chord's slope s = h/w and the slopes a·s and b·s at its ends,
//
//	y = y₀ + h·(a·t(1−t)² + t²(3 − 2t) − b·t²(1−t)),  dy/dx = s·(a·(1−t)² + 2(3 − a − b)·t(1−t) + b·t²)
//
// which rises for a, b ≤ 3, as they are: Steffen's slopes (1990) reach 2, those at the ends 3.
type cubicPieces struct{ PolynomialSpline }

// flattest is the smallest slope of a piece, as a share of its chord's, that is told from rounding.
const flattest = 1e-9

func (m cubicPieces) params() int { return 2*m.Bins + 2 }

// tables are, for each bin, where it begins on either axis, its width and height, and a and b.
func (m cubicPieces) tables(theta graph.Value) (left, width, low, height, before, after graph.Value) {
	k := m.Bins
	width = shares(graph.Slice(theta, 0, 0, k), m.MinWidth)
	height = shares(graph.Slice(theta, 0, k, 2*k), m.MinHeight)
	chord := graph.Div(height, width)
	ends := graph.Slice(theta, 0, 2*k, 2*k+2)
	if !m.Unshifted {
		ends = graph.Offset(ends, -math.Ln2)
	}
	ends = graph.Offset(graph.Scale(graph.Sigmoid(ends), 3-m.MinSlope), m.MinSlope)
	slope := graph.Concat(0, graph.Mul(graph.Slice(ends, 0, 0, 1), graph.Slice(chord, 0, 0, 1)), steffen(width, chord),
		graph.Mul(graph.Slice(ends, 0, 1, 2), graph.Slice(chord, 0, k-1, k)))
	return starts(width), width, starts(height), height,
		graph.Div(graph.Slice(slope, 0, 0, k), chord), graph.Div(graph.Slice(slope, 0, 1, k+1), chord)
}

// steffen are the slopes at the inner knots: twice the smallest of the neighbouring chords' slopes and half the parabola's.
func steffen(width, chord graph.Value) graph.Value {
	k := width.Shape()[0]
	w0, w1 := graph.Slice(width, 0, 0, k-1), graph.Slice(width, 0, 1, k)
	s0, s1 := graph.Slice(chord, 0, 0, k-1), graph.Slice(chord, 0, 1, k)
	parabola := graph.Div(graph.Add(graph.Mul(w1, s0), graph.Mul(w0, s1)), graph.Add(w0, w1))
	return graph.Scale(graph.Min(graph.Min(s0, s1), graph.Scale(parabola, 0.5)), 2)
}

func (m cubicPieces) rise(b *graph.Builder, x, theta graph.Value) (y, logSlope graph.Value) {
	left, width, low, height, before, after := m.tables(theta)
	p := pick(binOf(b, left, x), left, width, low, height, before, after)
	t := keep(graph.Div(graph.Sub(x, p[0]), p[1]), 0, 1)
	logSlope = graph.Log(graph.Mul(graph.Div(p[3], p[1]), cubicSlope(t, p[4], p[5])))
	return graph.Add(p[2], graph.Mul(p[3], cubic(t, p[4], p[5]))), logSlope
}

func (m cubicPieces) find(b *graph.Builder, y, theta graph.Value) (x, logSlope graph.Value) {
	left, width, low, height, before, after := m.tables(theta)
	p := pick(binOf(b, low, y), left, width, low, height, before, after)
	t := solveCubic(keep(graph.Div(graph.Sub(y, p[2]), p[3]), 0, 1), p[4], p[5])
	logSlope = graph.Neg(graph.Log(graph.Mul(graph.Div(p[3], p[1]), cubicSlope(t, p[4], p[5]))))
	return graph.Add(p[0], graph.Mul(p[1], t)), logSlope
}

// cubic is c(t) from 0 … 1 onto itself with the slopes a and b at its ends.
func cubic(t, a, b graph.Value) graph.Value {
	rest := graph.Offset(graph.Neg(t), 1)
	ends := graph.Sub(graph.Mul(a, rest), graph.Mul(b, t))
	square := graph.Square(t)
	return graph.Add(graph.Mul(graph.Mul(t, rest), ends), graph.Mul(square, graph.Offset(graph.Scale(t, -2), 3)))
}

// cubicSlope is dc/dt, not under flattest.
func cubicSlope(t, a, b graph.Value) graph.Value {
	rest := graph.Offset(graph.Neg(t), 1)
	middle := graph.Scale(graph.Offset(graph.Neg(graph.Add(a, b)), 3), 2)
	slope := graph.Add(graph.Add(graph.Mul(a, graph.Square(rest)), graph.Mul(middle, graph.Mul(t, rest))), graph.Mul(b, graph.Square(t)))
	return graph.Max(slope, graph.Offset(graph.ZerosLike(slope), flattest))
}

// solveCubic is the t with c(t) = y: Newton's steps, or where they would leave the bracket its middle. The derivative is that of the implicit
// function; the steps are not differentiated.
func solveCubic(y, a, b graph.Value) graph.Value {
	forward := func(in []graph.Value) []graph.Value {
		y, a, b := in[0], in[1], in[2]
		t, low := y, graph.ZerosLike(y)
		high := graph.Offset(low, 1)
		for range cubicSteps {
			f := graph.Sub(cubic(t, a, b), y)
			over := graph.Greater(f, graph.ZerosLike(f))
			low, high = graph.Select(over, low, t), graph.Select(over, t, high)
			newton := graph.Sub(t, graph.Div(f, cubicSlope(t, a, b)))
			within := graph.And(graph.LessEq(low, newton), graph.LessEq(newton, high))
			t = graph.Select(within, newton, graph.Scale(graph.Add(low, high), 0.5))
		}
		return []graph.Value{t}
	}
	return graph.Custom("inverse of a cubic", []graph.Value{y, a, b}, forward, func(c graph.CustomCall) (in, captured []graph.Value) {
		t := c.Out[0]
		rest := graph.Offset(graph.Neg(t), 1)
		g := graph.Div(c.Grad[0], cubicSlope(t, c.In[1], c.In[2]))
		da := graph.Neg(graph.Mul(g, graph.Mul(t, graph.Square(rest))))
		db := graph.Mul(g, graph.Mul(graph.Square(t), rest))
		return []graph.Value{g, da, db}, nil
	})[0]
}

// cubicSteps are as many as the worst of 10⁶ random cubics needs, with slopes of up to 3 and 2 at their ends; most need 6.
const cubicSteps = 16

package scalar

import "diffeo/graph"

// quadraticPieces is the integral of a polygon: between knots with slopes s₀ and s₁, at the place t of a bin of width w,
//
//	y = y₀ + w·t·(s₀ + (s₁ − s₀)·t/2),  dy/dx = s₀ + (s₁ − s₀)·t
//
// and backwards, with r the height of y in its bin as a share, dy/dx = √(s₀²(1−r) + s₁²r) and t = r·(s₀ + s₁)/(s₀ + dy/dx): a discriminant
// that is a sum of squares, so rounding cannot make it negative, and no division by a small number where s₀ = s₁.
type quadraticPieces struct{ PolynomialSpline }

func (m quadraticPieces) params() int {
	if m.Boxed {
		return 2*m.Bins + 1
	}
	return 2*m.Bins - 1
}

// tables are, for each bin, where it begins on either axis, its width, and the slopes at its ends.
func (m quadraticPieces) tables(b *graph.Builder, theta graph.Value) (left, width, low, before, after graph.Value) {
	k := m.Bins
	width = shares(graph.Slice(theta, 0, 0, k), m.MinWidth)
	slope := graph.Offset(graph.Softplus(graph.Slice(theta, 0, k, m.params())), 1e-3)
	if !m.Boxed {
		slope = m.closed(width, slope)
	}
	mean := func(s graph.Value) graph.Value {
		return graph.Scale(graph.Add(graph.Slice(s, 0, 0, k), graph.Slice(s, 0, 1, k+1)), 0.5)
	}
	slope = graph.Div(slope, graph.Sum(graph.Mul(mean(slope), width), 0))
	slope = graph.Offset(graph.Scale(slope, 1-m.MinHeight), m.MinHeight) // its integral stays 1
	low = starts(graph.Mul(mean(slope), width))
	return starts(width), width, low, graph.Slice(slope, 0, 0, k), graph.Slice(slope, 0, 1, k+1)
}

// closed adds the slopes at the ends, which are such that both become 1 once all are divided by the integral: c = Σ of the integral's terms without c,
// over 1 less the terms' shares with it. nflows halves the widths of the outer bins twice.
func (m quadraticPieces) closed(width, inner graph.Value) graph.Value {
	k, d := width.Shape()[0], width.Shape()[1]
	half := 0.5
	if m.Unshifted {
		half = 0.25
	}
	first := graph.Scale(graph.Slice(width, 0, 0, 1), half)
	last := graph.Scale(graph.Slice(width, 0, k-1, k), half)
	without := graph.Add(graph.Mul(first, graph.Slice(inner, 0, 0, 1)), graph.Mul(last, graph.Slice(inner, 0, k-2, k-1)))
	if k > 2 {
		means := graph.Scale(graph.Add(graph.Slice(inner, 0, 0, k-2), graph.Slice(inner, 0, 1, k-1)), 0.5)
		middle := graph.Sum(graph.Mul(means, graph.Slice(width, 0, 1, k-1)), 0)
		without = graph.Add(without, graph.Reshape(middle, 1, d))
	}
	rest := graph.Offset(graph.Neg(graph.Add(first, last)), 1)
	end := graph.Div(without, rest)
	return graph.Concat(0, end, inner, end)
}

func (m quadraticPieces) rise(b *graph.Builder, x, theta graph.Value) (y, logSlope graph.Value) {
	left, width, low, before, after := m.tables(b, theta)
	p := pick(binOf(b, left, x), left, width, low, before, after)
	t := keep(graph.Div(graph.Sub(x, p[0]), p[1]), 0, 1)
	growth := graph.Mul(graph.Sub(p[4], p[3]), t)
	mean := graph.Add(p[3], graph.Scale(growth, 0.5))
	return graph.Add(p[2], graph.Mul(p[1], graph.Mul(t, mean))), graph.Log(graph.Add(p[3], growth))
}

func (m quadraticPieces) find(b *graph.Builder, y, theta graph.Value) (x, logSlope graph.Value) {
	left, width, low, before, after := m.tables(b, theta)
	p := pick(binOf(b, low, y), left, width, low, before, after)
	both := graph.Add(p[3], p[4])
	r := keep(graph.Div(graph.Sub(y, p[2]), graph.Scale(graph.Mul(both, p[1]), 0.5)), 0, 1)
	square := graph.Add(graph.Mul(graph.Square(p[3]), graph.Sub(b.Scalar(1), r)), graph.Mul(graph.Square(p[4]), r))
	t := keep(graph.Div(graph.Mul(r, both), graph.Add(p[3], graph.Sqrt(square))), 0, 1)
	return graph.Add(p[0], graph.Mul(p[1], t)), graph.Scale(graph.Log(square), -0.5)
}

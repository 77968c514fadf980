package sketch

import g "diffeo/graph"

// glowStep is one level of Glow (Kingma and Dhariwal 2018) on images [2,4,4]: squeeze, an invertible 1×1 convolution in LU form, a
// coupling whose functions are 3×3 convolutions, and a split: half of the channels leave with a density that depends on the other half.
func glowStep(b *g.Builder) error {
	const c, h, w = 2, 4, 4
	x := b.Input("x", c, h, w)
	mix := mixing(b, 4*c)

	u := squeeze(x)
	u = mix.apply(u)
	u, l := imageCoupling(b, u, true)
	logDet := g.Add(l, g.Scale(mix.logDet(), float64(h/2*w/2)))
	kept, left := halves(u)
	prior := conv3(b, "prior", kept, 4*c)
	mean, logScale := halves(prior)
	logScale = bounded(logScale)
	logP := g.Add(g.Add(logNormal(kept), logNormalAt(left, mean, logScale)), logDet)
	b.Output("inverse", g.Flatten(u))
	b.Output("inverse log-det", logDet)
	b.Output("log-density", logP)

	forward := func(u g.Value) (x, logDet g.Value) {
		u, l := imageCoupling(b, u, false)
		u = mix.solve(u)
		return unsqueeze(u), g.Sub(l, g.Scale(mix.logDet(), float64(h/2*w/2)))
	}
	y, l := forward(g.Reshape(b.Input("u", 4*c*h/2*w/2), 4*c, h/2, w/2))
	b.Output("forward", g.Flatten(y))
	b.Output("forward log-det", l)
	back, _ := forward(u)
	b.Output("round trip", back)

	minimize(b, g.Neg(g.MeanRows(logP)), x, b.Param("mix.lower", 4*c, 4*c), b.Param("mix.upper", 4*c, 4*c), b.Param("mix.scale", 4*c),
		b.Param("net.0.weight", 6, 2*c, 3, 3), b.Param("net.0.bias", 6, 1, 1), b.Param("net.1.weight", 4*c, 6, 3, 3),
		b.Param("net.1.bias", 4*c, 1, 1), b.Param("prior.weight", 4*c, 2*c, 3, 3), b.Param("prior.bias", 4*c, 1, 1))
	return nil
}

// squeeze moves each 2×2 block of pixels into channels: [C,H,W] → [4C,H/2,W/2].
func squeeze(x g.Value) g.Value {
	s := x.Shape()
	x = g.Transpose(g.Reshape(x, s[0], s[1]/2, 2, s[2]/2, 2), 0, 2, 4, 1, 3)
	return g.Reshape(x, 4*s[0], s[1]/2, s[2]/2)
}

func unsqueeze(x g.Value) g.Value {
	s := x.Shape()
	x = g.Transpose(g.Reshape(x, s[0]/4, 2, 2, s[1], s[2]), 0, 3, 1, 4, 2)
	return g.Reshape(x, s[0]/4, 2*s[1], 2*s[2])
}

func halves(x g.Value) (first, second g.Value) {
	c := x.Shape()[0]
	return g.Slice(x, 0, 0, c/2), g.Slice(x, 0, c/2, c)
}

// imageCoupling is an affine coupling between the halves of the channels.
func imageCoupling(b *g.Builder, x g.Value, inverse bool) (y, logDet g.Value) {
	pass, rest := halves(x)
	logScale, shift := halves(conv3(b, "net.1", g.Tanh(conv3(b, "net.0", pass, 6)), x.Shape()[0]))
	logScale = bounded(logScale)
	if inverse {
		return g.Concat(0, pass, g.Mul(g.Sub(rest, shift), g.Exp(g.Neg(logScale)))), g.Neg(g.Sum(logScale))
	}
	return g.Concat(0, pass, g.Add(g.Mul(rest, g.Exp(logScale)), shift)), g.Sum(logScale)
}

// conv3 is a 3×3 convolution with zeros around the image: the sum of nine products with shifted images.
func conv3(b *g.Builder, name string, x g.Value, out int) g.Value {
	s := x.Shape()
	c, h, w := s[0], s[1], s[2]
	weight := b.Param(name+".weight", out, c, 3, 3)
	padded := g.Pad(g.Pad(x, 1, 1, 1), 2, 1, 1)
	y := b.Zeros(out, h*w)
	for dy := range 3 {
		for dx := range 3 {
			tap := g.Reshape(g.Slice(g.Slice(weight, 2, dy, dy+1), 3, dx, dx+1), out, c)
			shifted := g.Slice(g.Slice(padded, 1, dy, dy+h), 2, dx, dx+w)
			y = g.Add(y, g.MatMul(tap, g.Reshape(shifted, c, h*w)))
		}
	}
	return g.Add(g.Reshape(y, out, h, w), b.Param(name+".bias", out, 1, 1))
}

// lu is a 1×1 convolution by W = P·L·(U + diag s): L is unit lower triangular, U strictly upper, P a fixed permutation.
type lu struct {
	lower, upper, scale g.Value // strictly triangular, strictly triangular, the diagonal
	order               []int   // row i of the product is row order[i] of what P multiplies
}

func mixing(b *g.Builder, n int) lu {
	below, above := make([]float64, n*n), make([]float64, n*n)
	order := make([]int, n)
	for i := range n {
		order[i] = (3*i + 1) % n
		for j := range n {
			if j < i {
				below[i*n+j] = 1
			}
			if j > i {
				above[i*n+j] = 1
			}
		}
	}
	return lu{
		g.Mul(b.Param("mix.lower", n, n), b.Const(below, n, n)),
		g.Mul(b.Param("mix.upper", n, n), b.Const(above, n, n)),
		b.Param("mix.scale", n), order,
	}
}

// logDet is log|det W| of one pixel.
func (m lu) logDet() g.Value { return g.Sum(g.Log(g.Abs(m.scale))) }

func (m lu) apply(x g.Value) g.Value {
	s, n := x.Shape(), len(m.order)
	y := g.Reshape(x, n, s[1]*s[2])
	y = g.Add(g.MatMul(m.upper, y), g.Mul(y, g.Reshape(m.scale, n, 1)))
	y = g.Add(g.MatMul(m.lower, y), y)
	return g.Reshape(g.Take(y, 0, m.order), s...)
}

// solve is W⁻¹·x by substitution, one row of the image matrix after the other.
func (m lu) solve(x g.Value) g.Value {
	s, n := x.Shape(), len(m.order)
	y := g.Reshape(x, n, s[1]*s[2])
	inverse := make([]int, n)
	for i, o := range m.order {
		inverse[o] = i
	}
	y = g.Take(y, 0, inverse)
	row := func(m g.Value, i, from, to int) g.Value { return g.Slice(g.Slice(m, 0, i, i+1), 1, from, to) }
	done := g.Slice(y, 0, 0, 1)
	for i := 1; i < n; i++ {
		next := g.Sub(g.Slice(y, 0, i, i+1), g.MatMul(row(m.lower, i, 0, i), done))
		done = g.Concat(0, done, next)
	}
	y = done
	var below g.Value
	for i := n - 1; i >= 0; i-- {
		next := g.Slice(y, 0, i, i+1)
		if i < n-1 {
			next = g.Sub(next, g.MatMul(row(m.upper, i, i+1, n), below))
		}
		next = g.Div(next, g.Reshape(g.Slice(m.scale, 0, i, i+1), 1, 1))
		if i < n-1 {
			next = g.Concat(0, next, below)
		}
		below = next
	}
	return g.Reshape(below, s...)
}

package simd

func genericRQSVJP[T Float](gx, gtheta []T, ldGrad int, gy, gl, x, theta []T, ld, lanes int, c *SplineParams, inverse bool) {
	checkSpline(c, len(theta), ld, lanes, min(len(gx), len(gy), len(gl), len(x)))
	if gtheta != nil {
		checkSplineRows("the gradient of theta", c, len(gtheta), ldGrad, lanes)
	}
	box := boxOf[T](c)
	c = &box
	for i := range lanes {
		at, g, h := float64(x[i]), float64(gy[i]), float64(gl[i])
		inside := c.Low <= at && at <= c.High
		outer := 0.0 // the gradient of a point outside
		if !inside {
			h = 0
			if !c.Boxed {
				outer, g = g, 0
			}
		}
		b := findBin(c, c.clamp(at), theta[i:], ld, inverse)
		d := b.gradient(b.place(c.clamp(at), inverse), g, h, inverse)
		if !inside {
			d.x = outer
		}
		gx[i] = T(d.x)
		if gtheta != nil {
			lengthGradient(c, gtheta[i:], ldGrad, theta[i:], ld, c.MinWidth, b.index, d.left, d.width)
			lengthGradient(c, gtheta[c.Bins*ldGrad+i:], ldGrad, theta[c.Bins*ld+i:], ld, c.MinHeight, b.index, d.low, d.height)
			slopeGradient(c, gtheta, i, ldGrad, b.index, d.before*b.dBefore, d.after*b.dAfter)
		}
	}
}

// splineGradient is the gradient with respect to the point and its bin.
type splineGradient struct{ x, left, width, low, height, before, after float64 }

// gradient is what gradients gv of the value and gl of the log-derivative give.
//
// With N = sξ² + d₀q, u = N/p and L = log(n·s²/p²), forward is y = low + h·u with log-derivative L, and the inverse is x = left + w·ξ
// with -L, where ξ is a function of the rest by low + h·u = y. The gradient of that is the one of y for a gradient λ = -gξ/(h·∂u/∂ξ), and
// h·∂u/∂ξ = w·n·s²/p².
func (b *splineBin) gradient(at splinePlace, gv, gl float64, inverse bool) splineGradient {
	s, xi, q, p, n := at.s, at.xi, at.q, at.p, at.n
	bend := b.before + b.after - 2*s
	var g splineGradient
	if inverse {
		gl = -gl
	}
	// The logarithm.
	gn, gp := gl/n, -2*gl/p
	gs := 2*gl/s + 2*q*gn + (1-2*q)*gp
	g.before, g.after = (1-xi)*(1-xi)*gn+q*gp, xi*xi*gn+q*gp
	gxi := 2*gn*(b.after*xi-b.before*(1-xi)) + (1-2*xi)*(2*s*gn+bend*gp)
	// The value.
	lambda := gv
	if inverse {
		lambda = -(gv*b.width + gxi) * (p / s) * (p / s) / (b.width * n)
	}
	u := (s*xi*xi + b.before*q) / p
	gN := lambda * b.height / p
	gp = -gN * u
	g.low, g.height = lambda, lambda*u
	gs += xi*xi*gN + (1-2*q)*gp
	g.before += q * (gp + gN)
	g.after += q * gp
	gxi += lambda * b.width * n * (s / p) * (s / p) // in one piece: its parts are as large as the slopes, and cancel where the spline is flat
	// The point.
	if inverse {
		g.x, g.left = -lambda, gv
		g.width = xi * gv
	} else {
		g.x = gxi / b.width
		g.left, g.width = -g.x, -xi*g.x
	}
	g.height += gs / b.width
	g.width -= gs * s / b.width
	return g
}

// lengthGradient is the gradient of the raw lengths along one axis, for that of the start and length of bin number index. With P the softmax, the
// share of bin j counts g_j = start for j < index, length for j = index, and 0 after: P_j·(g_j - Σ P_i·g_i).
func lengthGradient[T Float](c *SplineParams, grad []T, ldGrad int, theta []T, ld int, smallest float64, index int, start, length float64) {
	of := func(j int) float64 {
		switch {
		case j < index:
			return start
		case j == index:
			return length
		}
		return 0
	}
	mean := 0.0
	splineAxis(c, theta, ld, smallest, func(j int, _, _, share float64) bool {
		mean += share * of(j)
		return true
	})
	scale := c.BinScale * (c.High - c.Low) * (1 - float64(c.Bins)*smallest)
	splineAxis(c, theta, ld, smallest, func(j int, _, _, share float64) bool {
		g := scale * share * (of(j) - mean)
		if c.Clipped {
			_, d := softClip(float64(theta[j*ld]), c.Clip/2)
			g *= d
		}
		grad[j*ldGrad] = T(g)
		return true
	})
}

// slopeGradient writes the gradient of the raw slopes of lane i: zero but for the two at the ends of the bin.
func slopeGradient[T Float](c *SplineParams, grad []T, i, ld, index int, before, after float64) {
	row := index - 1
	if c.LearnedEnds {
		row++
	}
	for j := range c.Rows() - 2*c.Bins {
		g := 0.0
		switch j {
		case row:
			g = before
		case row + 1:
			g = after
		}
		grad[(2*c.Bins+j)*ld+i] = T(g)
	}
}

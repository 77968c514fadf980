package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// splineConfigs are splines of every kind.
func splineConfigs() []SplineParams {
	plain := SplineParams{
		Bins: 8, Low: -3, High: 3, MinWidth: 1e-3, MinHeight: 1e-3, BinScale: 1, MinSlope: 1e-3, MaxSlope: 100, SlopeShift: 0.5413,
	}
	cs := []SplineParams{plain}
	for _, change := range []func(c *SplineParams){
		func(c *SplineParams) { c.Bins = 1 },
		func(c *SplineParams) { c.Bins, c.LearnedEnds = 1, true },
		func(c *SplineParams) { c.Bins, c.Low, c.High = 2, -1, 4 },
		func(c *SplineParams) { c.Bins, c.LearnedEnds, c.BinScale = 5, true, 0.5 },
		func(c *SplineParams) { c.Boxed, c.LearnedEnds = true, true },
		func(c *SplineParams) { c.Clipped, c.Clip, c.MinWidth, c.MinHeight = true, 6.9, 0, 0 },
		func(c *SplineParams) { c.Clipped, c.Clip, c.Bins, c.LearnedEnds = true, 3, 10, true },
		func(c *SplineParams) { c.MaxSlope = 0.9 }, // the limit is met
		func(c *SplineParams) { c.Bins = splineBins },
		func(c *SplineParams) { c.Bins = splineBins + 1 },
	} {
		c := plain
		change(&c)
		cs = append(cs, c)
	}
	return cs
}

// fillSpline draws random parameters, and points of which most lie in the box.
func fillSpline[T Float](r *rand.Rand, c SplineParams, x, theta []T) {
	for i := range theta {
		theta[i] = T(r.NormFloat64())
	}
	for i := range x {
		switch r.IntN(8) {
		case 0:
			x[i] = T(2 * (c.High - c.Low) * r.NormFloat64())
		case 1:
			x[i] = []T{T(c.Low), T(c.High), 0, T(math.Inf(1)), T(math.Inf(-1))}[r.IntN(5)]
		default:
			x[i] = T(c.Low + (c.High-c.Low)*r.Float64())
		}
	}
}

func doubles[T Float](x []T) []float64 {
	y := make([]float64, len(x))
	for i := range x {
		y[i] = float64(x[i])
	}
	return y
}

// splineTolerance is what rounding may do to values and gradients of splines whose bins are not very narrow.
func splineTolerance[T Float]() float64 { return 4000 * eps[T]() }

// testSplineTwin: values and gradients are those of the Go twin in float64, for any number of lanes; nothing else is touched.
func testSplineTwin[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	const most = 40
	for ci, c := range splineConfigs() {
		rows := c.Rows()
		capacity := (rows-1)*(most+3) + most
		ar := newArenas[T](t, 8, capacity)
		for lanes := 0; lanes <= most; lanes += 1 + lanes/9 {
			for _, inverse := range []bool{false, true} {
				what := fmt.Sprintf("spline %d %+v, %d lanes, inverse %v", ci, c, lanes, inverse)
				ld, ldGrad, atEnd := lanes+r.IntN(4), lanes+r.IntN(4), r.IntN(2) == 0
				size := func(ld int) int {
					if lanes == 0 {
						return 0
					}
					return (rows-1)*ld + lanes
				}
				x, theta := ar[0].slice(lanes, atEnd), ar[1].slice(size(ld), atEnd)
				y, l, gx := ar[2].slice(lanes, atEnd), ar[3].slice(lanes, atEnd), ar[4].slice(lanes, atEnd)
				gy, gl, gtheta := ar[5].slice(lanes, atEnd), ar[6].slice(lanes, atEnd), ar[7].slice(size(ldGrad), atEnd)
				fillSpline(r, c, x, theta)
				normals[T](r)(gy)
				normals[T](r)(gl)
				k.RQS(y, l, x, theta, ld, lanes, &c, inverse)
				k.RQSVJP(gx, gtheta, ldGrad, gy, gl, x, theta, ld, lanes, &c, inverse)
				for _, a := range ar {
					a.check(t, what)
				}
				x64, theta64 := doubles(x), doubles(theta)
				y64, l64, gx64, gtheta64 := make([]float64, lanes), make([]float64, lanes), make([]float64, lanes), make([]float64, len(gtheta))
				genericRQS(y64, l64, x64, theta64, ld, lanes, &c, inverse)
				genericRQSVJP(gx64, gtheta64, ldGrad, doubles(gy), doubles(gl), x64, theta64, ld, lanes, &c, inverse)
				near := func(what2 string, i int, got T, want, size float64) {
					if math.IsInf(want, 0) && float64(got) == want {
						return
					}
					if !(math.Abs(float64(got)-want) <= splineTolerance[T]()*(1+size)) {
						t.Fatalf("%s: %s of lane %d at %v is %v, want %v (size %v)", what, what2, i, x[i], got, want, size)
					}
				}
				for i := range lanes {
					sens := 1.0 // how much the logarithm changes with the point
					if d := (c.High - c.Low) * 1e-4; x[i]-x[i] == 0 {
						for _, to := range []float64{x64[i] - d, x64[i] + d} {
							var a, b [1]float64
							genericRQS(a[:], b[:], []float64{to}, theta64[i:], ld, 1, &c, inverse)
							if !math.IsInf(b[0], 0) && !math.IsInf(l64[i], 0) {
								sens = max(sens, math.Abs(b[0]-l64[i])/1e-4)
							}
						}
					}
					near("y", i, y[i], y64[i], math.Abs(y64[i]))
					near("log-derivative", i, l[i], l64[i], sens*0.05)
					scale := math.Abs(gx64[i])
					for p := range rows {
						scale = max(scale, math.Abs(gtheta64[p*ldGrad+i]))
					}
					near("gradient of x", i, gx[i], gx64[i], scale*sens)
					for p := range rows {
						near(fmt.Sprintf("gradient of theta %d", p), i, gtheta[p*ldGrad+i], gtheta64[p*ldGrad+i], scale*sens)
					}
				}
			}
		}
	}
}

func TestSplineTwin(t *testing.T) { eachLevel(t, testSplineTwin[float32], testSplineTwin[float64]) }

// testSplineLanes: a lane's bits depend on its point and parameters and on nothing else, also beyond one call; gradients may be
// written over what they are computed from; gtheta may be left out.
func testSplineLanes[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	for _, c := range splineConfigs()[:9] {
		lanes := splineCall(c.Bins) + 37
		if c.Bins < 8 {
			lanes = 100
		}
		rows := c.Rows()
		x, theta := make([]T, lanes), make([]T, rows*lanes)
		fillSpline(r, c, x, theta)
		gy, gl := make([]T, lanes), make([]T, lanes)
		normals[T](r)(gy)
		normals[T](r)(gl)
		for _, inverse := range []bool{false, true} {
			what := fmt.Sprintf("spline %+v, inverse %v", c, inverse)
			y, l, gx, gtheta := make([]T, lanes), make([]T, lanes), make([]T, lanes), make([]T, rows*lanes)
			k.RQS(y, l, x, theta, lanes, lanes, &c, inverse)
			k.RQSVJP(gx, gtheta, lanes, gy, gl, x, theta, lanes, lanes, &c, inverse)
			same := func(part string, i int, a, b T) {
				if !sameBits(a, b) {
					t.Fatalf("%s: %s of lane %d is %v in one way and %v in another", what, part, i, a, b)
				}
			}
			for range 20 {
				lo := r.IntN(lanes)
				n := 1 + r.IntN(min(40, lanes-lo))
				y2, l2, gx2, gtheta2 := make([]T, n), make([]T, n), make([]T, n), make([]T, rows*n)
				k.RQS(y2, l2, x[lo:], theta[lo:], lanes, n, &c, inverse)
				k.RQSVJP(gx2, gtheta2, n, gy[lo:], gl[lo:], x[lo:], theta[lo:], lanes, n, &c, inverse)
				for i := range n {
					same("y", lo+i, y[lo+i], y2[i])
					same("l", lo+i, l[lo+i], l2[i])
					same("gx", lo+i, gx[lo+i], gx2[i])
					for p := range rows {
						same("gtheta", lo+i, gtheta[p*lanes+lo+i], gtheta2[p*n+i])
					}
				}
			}
			x2, theta2, g2, g3 := append([]T(nil), x...), append([]T(nil), theta...), append([]T(nil), gy...), append([]T(nil), gy...)
			k.RQSVJP(g2, nil, 0, g2, gl, x, theta, lanes, lanes, &c, inverse)
			k.RQSVJP(g3, theta2, lanes, g3, gl, x2, theta2, lanes, lanes, &c, inverse)
			k.RQS(x2, l, x2, theta, lanes, lanes, &c, inverse)
			for i := range lanes {
				same("gx alone, in place", i, gx[i], g2[i])
				same("gx, in place", i, gx[i], g3[i])
				same("y in place", i, y[i], x2[i])
			}
			for i := range gtheta {
				same("gtheta in place", i%lanes, gtheta[i], theta2[i])
			}
		}
	}
}

func TestSplineLanes(t *testing.T) { eachLevel(t, testSplineLanes[float32], testSplineLanes[float64]) }

// testSplineRoundTrip: the inverse of the spline at y is x, and the log-derivatives cancel.
func testSplineRoundTrip[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	const lanes = 500
	for _, c := range splineConfigs()[:6] {
		x, theta := make([]T, lanes), make([]T, c.Rows()*lanes)
		fillSpline(r, c, x, theta)
		y, l, back, l2 := make([]T, lanes), make([]T, lanes), make([]T, lanes), make([]T, lanes)
		k.RQS(y, l, x, theta, lanes, lanes, &c, false)
		k.RQS(back, l2, y, theta, lanes, lanes, &c, true)
		for i := range x {
			if c.Boxed && math.IsInf(float64(l[i]), -1) {
				continue
			}
			steep := math.Exp(math.Max(0, -float64(l[i]))) * 30
			tol := steep * (c.High - c.Low) * 100 * eps[T]()
			if x[i] != back[i] && !(math.Abs(float64(x[i]-back[i])) <= tol) {
				t.Errorf("%+v: %v went to %v and back to %v", c, x[i], y[i], back[i])
			}
			if !(math.Abs(float64(l[i]+l2[i])) <= 20*tol) {
				t.Errorf("%+v: at %v the log-derivatives %v and %v do not cancel", c, x[i], l[i], l2[i])
			}
		}
	}
}

func TestSplineRoundTrip(t *testing.T) {
	eachLevel(t, testSplineRoundTrip[float32], testSplineRoundTrip[float64])
}

// testSplineGradient: central differences, at every level, of a random combination of value and log-derivative.
func testSplineGradient(t *testing.T, k *Kernels[float64]) {
	r := random(t)
	const h = 1e-6
	for _, c := range splineConfigs()[:9] {
		for _, inverse := range []bool{false, true} {
			rows := c.Rows()
			for range 5 {
				x, theta, gy, gl := make([]float64, 1), make([]float64, rows), []float64{r.NormFloat64()}, []float64{r.NormFloat64()}
				fillSpline(r, c, x, theta)
				x[0] = c.Low + (c.High-c.Low)*(0.1+0.8*r.Float64())
				gx, gtheta := make([]float64, 1), make([]float64, rows)
				k.RQSVJP(gx, gtheta, 1, gy, gl, x, theta, 1, 1, &c, inverse)
				loss := func(p int, by float64) float64 {
					at, th := []float64{x[0]}, append([]float64(nil), theta...)
					if p < 0 {
						at[0] += by
					} else {
						th[p] += by
					}
					var y, l [1]float64
					k.RQS(y[:], l[:], at, th, 1, 1, &c, inverse)
					return gy[0]*y[0] + gl[0]*l[0]
				}
				scale := math.Abs(gx[0])
				for _, g := range gtheta {
					scale = max(scale, math.Abs(g))
				}
				for p := -1; p < rows; p++ {
					got := gx[0]
					if p >= 0 {
						got = gtheta[p]
					}
					want := (loss(p, h) - loss(p, -h)) / (2 * h)
					if !(math.Abs(got-want) <= 1e-4*(1+scale)) {
						t.Fatalf("%+v, inverse %v, x %v: gradient %d is %v, differences give %v", c, inverse, x[0], p, got, want)
					}
				}
			}
		}
	}
}

func TestSplineGradient(t *testing.T) { eachLevel(t, nil, testSplineGradient) }

// testSplineWild: raw numbers of the same size, however large, are alike to a softmax; and one alone that is takes all of the box that the
// smallest lengths leave, or nothing.
func testSplineWild[T Float](t *testing.T, k *Kernels[T]) {
	const lanes = 5
	for ci, c := range splineConfigs()[:9] {
		if c.MinWidth == 0 || c.Clipped {
			continue // bins may become empty; or the soft clip makes ordinary numbers of these
		}
		for _, raw := range []float64{1e3, -1e3, 1e10, -1e10, 1.1e30, -1.3e30} {
			x, theta, zeros := make([]T, lanes), make([]T, c.Rows()*lanes), make([]T, c.Rows()*lanes)
			for i := range x {
				x[i] = T(c.Low + (c.High-c.Low)*(float64(i)+0.5)/lanes)
			}
			k.Fill(theta[:2*c.Bins*lanes], T(raw))
			y, l, wantY, wantL := make([]T, lanes), make([]T, lanes), make([]T, lanes), make([]T, lanes)
			gx, gtheta := make([]T, lanes), make([]T, len(theta))
			for _, inverse := range []bool{false, true} {
				k.RQS(y, l, x, theta, lanes, lanes, &c, inverse)
				k.RQS(wantY, wantL, x, zeros, lanes, lanes, &c, inverse)
				for i := range x {
					if y[i] != wantY[i] || l[i] != wantL[i] {
						t.Errorf("config %d, inverse %v, raw lengths %g: %v goes to %v with log-derivative %v, and for raw lengths 0 to %v with %v", ci, inverse, raw, x[i], y[i], l[i], wantY[i], wantL[i])
					}
				}
				for bin := range 2 * c.Bins {
					one := make([]T, len(theta))
					k.Fill(one[bin*lanes:(bin+1)*lanes], T(raw))
					k.RQS(y, l, x, one, lanes, lanes, &c, inverse)
					k.RQSVJP(gx, gtheta, lanes, y, y, x, one, lanes, lanes, &c, inverse)
					for i, v := range slices.Concat(y, l, gx, gtheta) {
						if v-v != 0 {
							t.Fatalf("config %d, inverse %v, raw length %d at %g: result %d is %v", ci, inverse, bin, raw, i, v)
						}
					}
				}
			}
		}
	}
}

func TestSplineWild(t *testing.T) {
	eachLevel(t, testSplineWild[float32], testSplineWild[float64])
}

// testSplineExtremes: everything stays finite for large parameters and points, and NaN spoils only its own lane.
func testSplineExtremes[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	const lanes = 200
	for ci, c := range splineConfigs()[:9] {
		if c.MinWidth == 0 {
			continue // bins may become empty
		}
		x, theta := make([]T, lanes), make([]T, c.Rows()*lanes)
		fillSpline(r, c, x, theta)
		for i := range theta {
			theta[i] *= T(math.Exp(4 * r.NormFloat64()))
		}
		for i := range x {
			x[i] = min(max(x[i], -1e30), 1e30)
		}
		x[0] = T(math.NaN())
		one := make([]T, lanes)
		k.Fill(one, 1)
		y, l, gx, gtheta := make([]T, lanes), make([]T, lanes), make([]T, lanes), make([]T, len(theta))
		for _, inverse := range []bool{false, true} {
			k.RQS(y, l, x, theta, lanes, lanes, &c, inverse)
			k.RQSVJP(gx, gtheta, lanes, one, one, x, theta, lanes, lanes, &c, inverse)
			if y[0] == y[0] {
				t.Errorf("config %d: NaN became %v", ci, y[0])
			}
			y[0] = 0
			for i := range x {
				outside := !(T(c.Low) <= x[i] && x[i] <= T(c.High))
				if c.Boxed && outside {
					if !math.IsInf(float64(l[i]), -1) {
						t.Errorf("config %d: log-derivative %v outside of the box", ci, l[i])
					}
					l[i] = 0
				}
				bad := y[i]-y[i] != 0 || l[i]-l[i] != 0 || gx[i]-gx[i] != 0
				for p := range c.Rows() {
					g := gtheta[p*lanes+i]
					bad = bad || g-g != 0
				}
				if bad {
					t.Fatalf("config %d, inverse %v, lane %d at %v: y %v, l %v, gx %v", ci, inverse, i, x[i], y[i], l[i], gx[i])
				}
			}
		}
	}
}

func TestSplineExtremes(t *testing.T) {
	eachLevel(t, testSplineExtremes[float32], testSplineExtremes[float64])
}

func testSplineBadShapes[T Float](t *testing.T, k *Kernels[T]) {
	c := splineConfigs()[0]
	const lanes = 10
	a, short, theta := make([]T, lanes), make([]T, lanes-1), make([]T, c.Rows()*lanes)
	mustPanic(t, "short y", func() { k.RQS(short, a, a, theta, lanes, lanes, &c, false) })
	mustPanic(t, "short l", func() { k.RQS(a, short, a, theta, lanes, lanes, &c, false) })
	mustPanic(t, "short x", func() { k.RQS(a, a, short, theta, lanes, lanes, &c, false) })
	mustPanic(t, "short theta", func() { k.RQS(a, a, a, theta[1:], lanes, lanes, &c, false) })
	mustPanic(t, "rows that overlap", func() { k.RQS(a, a, a, theta, lanes-1, lanes, &c, false) })
	mustPanic(t, "no bins", func() { k.RQS(a, a, a, theta, lanes, lanes, &SplineParams{}, false) })
	mustPanic(t, "short gx", func() { k.RQSVJP(short, nil, 0, a, a, a, theta, lanes, lanes, &c, false) })
	mustPanic(t, "short gtheta", func() { k.RQSVJP(a, theta[1:], lanes, a, a, a, theta, lanes, lanes, &c, false) })
	none := func(what string, f func()) {
		if n := testing.AllocsPerRun(3, f); n != 0 {
			t.Errorf("%s allocates %v times", what, n)
		}
	}
	l, gx, gtheta := make([]T, lanes), make([]T, lanes), make([]T, len(theta))
	none("RQS", func() { k.RQS(a, l, a, theta, lanes, lanes, &c, true) })
	none("RQSVJP", func() { k.RQSVJP(gx, gtheta, lanes, l, l, a, theta, lanes, lanes, &c, true) })
}

func TestSplineBadShapesPanic(t *testing.T) {
	eachLevel(t, testSplineBadShapes[float32], testSplineBadShapes[float64])
}

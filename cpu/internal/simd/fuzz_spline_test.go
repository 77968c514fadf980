package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// FuzzSpline gives any bits to the spline kernels as points and parameters: nothing crashes, one lane never changes another, and a point of the
// box stays in it.
func FuzzSpline(f *testing.F) {
	f.Add([]byte("points and parameters of three lanes, whatever they may be: \x00\x00\x80\x7f\x00\x00\xc0\xff"), uint8(3), true)
	f.Add(make([]byte, 300), uint8(6), false)
	f.Fuzz(func(t *testing.T, data []byte, kind uint8, inverse bool) {
		configs := splineConfigs()
		c := configs[int(kind)%len(configs)]
		fuzzSpline(t, numbers[float32](data), c, inverse)
		fuzzSpline(t, numbers[float64](data), c, inverse)
	})
}

func fuzzSpline[T Float](t *testing.T, x []T, c SplineParams, inverse bool) {
	rows := c.Rows()
	lanes := len(x) / (rows + 1)
	theta := x[lanes:][:rows*lanes]
	y, l, gx, gtheta := make([]T, lanes), make([]T, lanes), make([]T, lanes), make([]T, rows*lanes)
	kernelsAt(func(level Level, k *Kernels[T]) {
		k.RQS(y, l, x, theta, lanes, lanes, &c, inverse)
		k.RQSVJP(gx, gtheta, lanes, y, l, x, theta, lanes, lanes, &c, inverse)
		for i := range lanes {
			var y1, l1 [1]T
			k.RQS(y1[:], l1[:], x[i:], theta[i:], lanes, 1, &c, inverse)
			if !sameBits(y1[0], y[i]) || !sameBits(l1[0], l[i]) {
				t.Fatalf("%v: lane %d of %d is %v, %v, and alone %v, %v", level, i, lanes, y[i], l[i], y1[0], l1[0])
			}
			if x[i] >= T(c.Low) && x[i] <= T(c.High) && !(y[i] != y[i] || y[i] >= T(c.Low) && y[i] <= T(c.High)) {
				t.Fatalf("%v: %v in the box went to %v", level, x[i], y[i])
			}
		}
	})
}

// FuzzSplineTwin compares values and gradients with the Go twin in float64, for any number of bins and lanes and any distance of rows,
// with guard pages.
func FuzzSplineTwin(f *testing.F) {
	f.Add(uint64(1), uint8(0), uint8(8), uint8(17), uint8(1), uint8(3), false, true)
	f.Add(uint64(2), uint8(5), uint8(16), uint8(64), uint8(0), uint8(0), true, false)
	f.Add(uint64(3), uint8(7), uint8(65), uint8(3), uint8(9), uint8(0), true, true)
	const bins, lanes, gap = 70, 80, 15
	w := watch(f, 8, (3*bins+1)*(lanes+gap))
	f.Fuzz(func(t *testing.T, seed uint64, kind, nBins, nLanes, gapTheta, gapGrad uint8, inverse, atEnd bool) {
		configs := splineConfigs()
		c := configs[int(kind)%len(configs)]
		if n := int(nBins) % (bins + 1); n > 0 && n <= 20 || n > splineBins-2 { // narrow bins have large errors
			c.Bins = n
		}
		p := splineCase{c: c, lanes: int(nLanes) % (lanes + 1), inverse: inverse, atEnd: atEnd}
		p.ld, p.ldGrad = p.lanes+int(gapTheta)%(gap+1), p.lanes+int(gapGrad)%(gap+1)
		fuzzSplineTwin(t, w.f32, rand.New(rand.NewPCG(seed, 6)), p)
		fuzzSplineTwin(t, w.f64, rand.New(rand.NewPCG(seed, 6)), p)
	})
}

type splineCase struct {
	c                 SplineParams
	lanes, ld, ldGrad int
	inverse, atEnd    bool
}

func fuzzSplineTwin[T Float](t *testing.T, ar []*arena[T], r *rand.Rand, p splineCase) {
	c, rows, lanes := p.c, p.c.Rows(), p.lanes
	x, theta := ar[0].slice(lanes, p.atEnd), ar[1].slice(extent(rows, p.ld, lanes), p.atEnd)
	gy, gl := ar[2].slice(lanes, p.atEnd), ar[3].slice(lanes, p.atEnd)
	fillSpline(r, c, x, theta)
	normals[T](r)(gy)
	normals[T](r)(gl)
	twins := make([]splineTwin, lanes)
	for i := range twins {
		raw := make([]float64, rows)
		for j := range raw {
			raw[j] = float64(theta[j*p.ld+i])
		}
		twins[i] = newSplineTwin(&c, p.inverse, float64(x[i]), raw, float64(gy[i]), float64(gl[i]), 256*eps[T]()*(c.High-c.Low))
	}
	kernelsAt(func(level Level, k *Kernels[T]) {
		y, l, gx := ar[4].slice(lanes, p.atEnd), ar[5].slice(lanes, p.atEnd), ar[6].slice(lanes, p.atEnd)
		gtheta := ar[7].slice(extent(rows, p.ldGrad, lanes), p.atEnd)
		k.RQS(y, l, x, theta, p.ld, lanes, &c, p.inverse)
		k.RQSVJP(gx, gtheta, p.ldGrad, gy, gl, x, theta, p.ld, lanes, &c, p.inverse)
		for _, a := range ar {
			a.check(t, "spline")
		}
		for i, w := range twins {
			got := []float64{float64(y[i]), float64(l[i]), float64(gx[i])}
			for j := range rows {
				got = append(got, float64(gtheta[j*p.ldGrad+i]))
			}
			if wrong := w.differs(got, splineTolerance[T]()); wrong != "" {
				t.Fatalf("%v: %+v: lane %d at %v: %s", level, p, i, x[i], wrong)
			}
		}
	})
}

// splineTwin is what the Go twin gives in float64 for one lane: value, log-derivative, and the gradients of x and theta; each as the interval of what it
// is at the point and just before and after it, because a point that rounding takes over a knot has the gradients of the next bin.
type splineTwin struct {
	low, high []float64
	steep     float64 // how much the log-derivative changes with the point, in parts of the box; at least 1
}

func newSplineTwin(c *SplineParams, inverse bool, x float64, theta []float64, gy, gl, near float64) splineTwin {
	w := splineTwin{steep: 1}
	const step = 1e-4
	wide, here := step*(c.High-c.Low), 0.0
	for n, at := range []float64{x, x - near, x + near, x - wide, x + wide} {
		if at-at != 0 && n > 0 {
			continue // of an infinite point
		}
		var y, l, gx [1]float64
		if n > 2 {
			genericRQS(y[:], l[:], []float64{at}, theta, 1, 1, c, inverse)
			if d := math.Abs(l[0]-here) / step; d-d == 0 {
				w.steep = max(w.steep, d)
			}
			continue
		}
		gtheta := make([]float64, len(theta))
		genericRQS(y[:], l[:], []float64{at}, theta, 1, 1, c, inverse)
		genericRQSVJP(gx[:], gtheta, 1, []float64{gy}, []float64{gl}, []float64{at}, theta, 1, 1, c, inverse)
		all := append([]float64{y[0], l[0], gx[0]}, gtheta...)
		if n == 0 {
			here = l[0]
			w.low, w.high = append([]float64(nil), all...), append([]float64(nil), all...)
		}
		for i, v := range all {
			w.low[i], w.high[i] = min(w.low[i], v), max(w.high[i], v)
		}
	}
	return w
}

// differs says which number lies outside of its interval by more than rounding explains.
func (w *splineTwin) differs(got []float64, tolerance float64) string {
	largest := 0.0 // gradient: the error of each is that of all
	for i := 2; i < len(got); i++ {
		largest = max(largest, math.Abs(w.low[i]), math.Abs(w.high[i]))
	}
	for i, g := range got {
		slack := tolerance * (1 + math.Abs(w.high[0]))
		switch {
		case i == 1:
			slack = tolerance * (1 + 0.05*w.steep)
		case i > 1:
			slack = tolerance * (1 + largest*w.steep)
		}
		inside := g >= w.low[i]-slack && g <= w.high[i]+slack
		if !inside && g != w.low[i] {
			return fmt.Sprintf("number %d (y, log-derivative, gradients) is %v, the twin gives %v to %v, slack %.3g", i, g, w.low[i], w.high[i], slack)
		}
	}
	return ""
}

package simd

import (
	"encoding/binary"
	"math"
	"testing"
)

// FuzzElementwise puts any bits through every elementwise kernel at every level.
func FuzzElementwise(f *testing.F) {
	f.Add([]byte("some bytes that make numbers, whatever they are: \x00\x00\x80\x7f\x00\x00\xc0\xff\x00\x00\x00\x80\x01\x00\x00\x00"))
	f.Add(make([]byte, 17*24))
	f.Fuzz(func(t *testing.T, data []byte) {
		x32, x64 := make([]float32, len(data)/4), make([]float64, len(data)/8)
		for i := range x32 {
			x32[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
		for i := range x64 {
			x64[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
		}
		fuzzElementwise(t, x32)
		fuzzElementwise(t, x64)
	})
}

func fuzzElementwise[T Float](t *testing.T, x []T) {
	n := len(x) / 3
	src := [][]T{x[:n], x[n : 2*n], x[2*n : 3*n]}
	d := make([]T, n)
	for _, l := range Levels() {
		restore := SetLevelForTest(l)
		k := For[T]()
		restore()
		for _, c := range mapCases(k) {
			s := T(1.5)
			if n > 0 {
				s = x[0]
			}
			c.run(d, src[:c.srcs], s)
			for i := range d {
				if wrong := c.check(src[:c.srcs], i, s, d[i]); wrong != "" {
					t.Fatalf("%v %s: %s", l, c.name, wrong)
				}
			}
		}
	}
}

// FuzzSpline gives any bits to the spline kernels as points and parameters: nothing crashes, and one lane never changes another.
func FuzzSpline(f *testing.F) {
	f.Add([]byte("points and parameters of three lanes, whatever they may be: \x00\x00\x80\x7f\x00\x00\xc0\xff"), uint8(3), true)
	f.Add(make([]byte, 300), uint8(6), false)
	f.Fuzz(func(t *testing.T, data []byte, kind uint8, inverse bool) {
		x := make([]float32, len(data)/4)
		for i := range x {
			x[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
		configs := splineConfigs()
		c := configs[int(kind)%len(configs)]
		rows := c.Rows()
		lanes := len(x) / (rows + 1)
		theta := x[lanes:][:rows*lanes]
		y, l, gx, gtheta := make([]float32, lanes), make([]float32, lanes), make([]float32, lanes), make([]float32, rows*lanes)
		for _, level := range Levels() {
			restore := SetLevelForTest(level)
			k := For[float32]()
			restore()
			k.RQS(y, l, x, theta, lanes, lanes, &c, inverse)
			k.RQSVJP(gx, gtheta, lanes, y, l, x, theta, lanes, lanes, &c, inverse)
			for i := range lanes {
				var y1, l1 [1]float32
				k.RQS(y1[:], l1[:], x[i:], theta[i:], lanes, 1, &c, inverse)
				if !sameBits(y1[0], y[i]) || !sameBits(l1[0], l[i]) {
					t.Fatalf("%v: lane %d of %d is %v, %v, and alone %v, %v", level, i, lanes, y[i], l[i], y1[0], l1[0])
				}
				if x[i] >= float32(c.Low) && x[i] <= float32(c.High) && !(y[i] != y[i] || y[i] >= float32(c.Low) && y[i] <= float32(c.High)) {
					t.Fatalf("%v: %v in the box went to %v", level, x[i], y[i])
				}
			}
		}
	})
}

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

package simd

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// numbers makes numbers of any bits, both types from the same bytes.
func numbers[T Float](data []byte) []T {
	size := bitsOf[T]() / 8
	x := make([]T, len(data)/size)
	for i := range x {
		if size == 4 {
			x[i] = T(math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:])))
		} else {
			x[i] = T(math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:])))
		}
	}
	return x
}

// kernelsAt calls f with the kernels of each level.
func kernelsAt[T Float](f func(l Level, k *Kernels[T])) {
	for _, l := range Levels() {
		restore := SetLevelForTest(l)
		k := For[T]()
		restore()
		f(l, k)
	}
}

// watched is memory for a fuzz target of either type: n slices of at most some thousand numbers each, as arena.
type watched struct {
	f32 []*arena[float32]
	f64 []*arena[float64]
}

func watch(f *testing.F, n, capacity int) watched {
	return watched{newArenas[float32](f, n, capacity), newArenas[float64](f, n, capacity)}
}

// extent is how many numbers rows of cols take that start ld apart.
func extent(rows, ld, cols int) int {
	if rows == 0 || cols == 0 {
		return 0
	}
	return (rows-1)*ld + cols
}

// FuzzElementwise puts any bits through every elementwise kernel at every level: the result is that of package math to some ulp, nothing
// around the slices is touched, and writing over a source makes no difference.
func FuzzElementwise(f *testing.F) {
	f.Add([]byte("some bytes that make numbers, whatever they are: \x00\x00\x80\x7f\x00\x00\xc0\xff\x00\x00\x00\x80\x01\x00\x00\x00"), false)
	f.Add(make([]byte, 17*24), true)
	const most = 1024
	w := watch(f, 4, most)
	f.Fuzz(func(t *testing.T, data []byte, atEnd bool) {
		data = data[:min(len(data), 8*most)]
		fuzzElementwise(t, w.f32, numbers[float32](data), atEnd)
		fuzzElementwise(t, w.f64, numbers[float64](data), atEnd)
	})
}

func fuzzElementwise[T Float](t *testing.T, ar []*arena[T], x []T, atEnd bool) {
	n := min(len(x)/3, 341)
	s := T(1.5)
	if n > 0 {
		s = x[0]
	}
	var src [][]T
	for j := range 3 {
		src = append(src, ar[j].slice(n, atEnd))
		copy(src[j], x[j*n:])
	}
	own := make([]T, n)
	kernelsAt(func(l Level, k *Kernels[T]) {
		for _, c := range mapCases(k) {
			d := ar[3].slice(n, !atEnd)
			c.run(d, src[:c.srcs], s)
			ar[3].check(t, c.name)
			for i := range d {
				if wrong := c.check(src[:c.srcs], i, s, d[i]); wrong != "" {
					t.Fatalf("%v %s: %s", l, c.name, wrong)
				}
			}
			if c.name == "AXPY" {
				continue // its destination is a source already
			}
			copy(own, src[0])
			c.run(own, append([][]T{own}, src[1:c.srcs]...), s)
			for i := range d {
				if !sameBits(own[i], d[i]) {
					t.Fatalf("%v %s: in place element %d is %v, was %v", l, c.name, i, own[i], d[i])
				}
			}
		}
	})
	for j := range src {
		ar[j].check(t, "a source")
		for i, y := range src[j] {
			if !sameBits(y, x[j*n+i]) {
				t.Fatalf("source %d changed at %d from %v to %v", j, i, x[j*n+i], y)
			}
		}
	}
}

// Every kernel is called by a fuzz target, or by mapCases, which FuzzElementwise goes through.
func TestEveryKernelIsFuzzed(t *testing.T) {
	called := map[string]bool{}
	for _, c := range mapCases(For[float32]()) {
		called[c.name] = true
	}
	files, err := filepath.Glob("fuzz*_test.go")
	if err != nil || len(files) < 2 {
		t.Fatalf("fuzz targets in %v, %v", files, err)
	}
	call := regexp.MustCompile(`\bk\.(\w+)`)
	for _, path := range files {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range call.FindAllStringSubmatch(string(source), -1) {
			called[m[1]] = true
		}
	}
	for _, name := range kernelNames() {
		if !called[name] {
			t.Errorf("%s has no fuzz target", name)
		}
	}
}

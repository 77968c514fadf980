package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// normalCase is points in watched memory, their columns step apart.
type normalCase[T Float] struct {
	cols, n int
	ar      []*arena[T]
	dst     []T
	x       Columns[T]
}

func newNormalCase[T Float](r *rand.Rand, ar []*arena[T], cols, n int, atEnd bool) normalCase[T] {
	step := n + r.IntN(4)
	c := normalCase[T]{cols, n, ar, ar[0].slice(n, atEnd), Columns[T]{ar[1].slice(extent(cols, step, n), atEnd), step}}
	for j := range cols {
		fillMixed(r, c.x.column(j, n))
	}
	return c
}

// testNormalLog: any number of columns and lanes, and nothing else is touched.
func testNormalLog[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	ar := newArenas[T](t, 2, 12*153+150)
	for n := 0; n <= 150; n += 1 + n/9 {
		for _, cols := range []int{0, 1, 2, 5, 12} {
			c := newNormalCase(r, ar, cols, n, r.IntN(2) == 0)
			c.check(t, fmt.Sprintf("%d columns of %d lanes", cols, n), k)
		}
	}
}

func TestNormalLog(t *testing.T) { eachLevel(t, testNormalLog[float32], testNormalLog[float64]) }

// testNormalLogLanes: a point's bits depend on its numbers and on nothing else, also beyond one call into assembly.
func testNormalLogLanes[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	for _, size := range [][2]int{{1, 9000}, {130, 201}, {9000, 3}} {
		cols, n := size[0], size[1]
		x, dst, one := Columns[T]{make([]T, cols*n), n}, make([]T, n), make([]T, 1)
		normals[T](r)(x.Data)
		k.NormalLog(dst, x, cols, n)
		for range 50 {
			i := r.IntN(n)
			own := Columns[T]{make([]T, cols), 1}
			for j := range cols {
				own.Data[j] = x.Data[j*n+i]
			}
			k.NormalLog(one, own, cols, 1)
			if !sameBits(one[0], dst[i]) {
				t.Fatalf("%d columns of %d lanes: lane %d is %v, alone %v", cols, n, i, dst[i], one[0])
			}
		}
	}
}

func TestNormalLogLanes(t *testing.T) {
	eachLevel(t, testNormalLogLanes[float32], testNormalLogLanes[float64])
}

// testNormalLogEnds: sums that overflow give −Inf, NaN stays NaN, and short operands are refused.
func testNormalLogEnds[T Float](t *testing.T, k *Kernels[T]) {
	for _, x := range []T{T(largestOf[T]()), -T(largestOf[T]()), T(math.Inf(1)), T(math.Inf(-1)), T(math.NaN())} {
		dst := []T{0}
		k.NormalLog(dst, Columns[T]{[]T{1, x}, 1}, 2, 1)
		if got := float64(dst[0]); math.IsNaN(float64(x)) != math.IsNaN(got) || got > -1e35 {
			t.Errorf("the log-density at (1, %v) is %v", x, got)
		}
	}
	three := Columns[T]{make([]T, 3), 1}
	mustPanic(t, "NormalLog of short columns", func() { k.NormalLog(make([]T, 2), three, 3, 2) })
	mustPanic(t, "NormalLog with a short result", func() { k.NormalLog(nil, three, 3, 1) })
}

func TestNormalLogEnds(t *testing.T) {
	eachLevel(t, testNormalLogEnds[float32], testNormalLogEnds[float64])
}

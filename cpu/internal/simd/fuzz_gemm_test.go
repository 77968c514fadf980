package simd

import (
	"math"
	"math/rand/v2"
	"testing"
)

// FuzzGemm compares every level with the sum in float64, at any size, distance of rows and variant, in integers, which must be exact.
func FuzzGemm(f *testing.F) {
	f.Add(uint8(14), uint8(10), uint8(33), uint8(5), uint64(1))
	f.Add(uint8(0), uint8(0), uint8(0), uint8(0), uint64(2))
	f.Add(uint8(255), uint8(3), uint8(255), uint8(47), uint64(3))
	f.Fuzz(func(t *testing.T, m, k, n, flags uint8, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 2))
		fuzzGemm(t, r, int(m), int(k), int(n), int(flags%48), smallIntegers[float32](r), 0)
		fuzzGemm(t, r, int(m), int(k), int(n), int(flags%48), smallIntegers[float64](r), 0)
	})
}

// FuzzGemmTwin compares every level with the Go twin on numbers of many sizes, within what rounding does to a sum, up to sizes that are cut
// into several calls.
func FuzzGemmTwin(f *testing.F) {
	f.Add(uint8(14), uint16(10), uint16(33), uint8(5), uint64(1))
	f.Add(uint8(1), uint16(2100), uint16(17), uint8(17), uint64(2))
	f.Add(uint8(3), uint16(5), uint16(1500), uint8(46), uint64(3))
	f.Fuzz(func(t *testing.T, m uint8, k, n uint16, flags uint8, seed uint64) {
		rows, inner, cols := int(m), int(k%4096), int(n%2048)
		for rows*inner*cols > 1<<19 || rows*cols > 1<<15 || inner*(rows+cols) > 1<<17 { // what takes too long is cut down
			switch max(rows, inner, cols) {
			case rows:
				rows /= 2
			case inner:
				inner /= 2
			default:
				cols /= 2
			}
		}
		r := rand.New(rand.NewPCG(seed, 3))
		fuzzGemm(t, r, rows, inner, cols, int(flags%48), manySizes[float32](r), float64(inner+2)*eps[float32]())
		fuzzGemm(t, r, rows, inner, cols, int(flags%48), manySizes[float64](r), float64(inner+2)*eps[float64]())
	})
}

// manySizes fills with normal numbers of a scale of their own each, some of them zero.
func manySizes[T Float](r *rand.Rand) func([]T) {
	return func(xs []T) {
		for i := range xs {
			xs[i] = T(r.NormFloat64() * math.Exp(3*r.NormFloat64()))
			if r.IntN(10) == 0 {
				xs[i] = 0
			}
		}
	}
}

func fuzzGemm[T Float](t *testing.T, r *rand.Rand, m, k, n, flags int, fill func([]T), slack float64) {
	ar := newGemmArenas[T](t, m, k, n)
	p := ar.random(r, m, k, n, flags, fill)
	row, col := p.aSteps()
	twin := append([]T(nil), p.old...)
	genericGemm(twin, p.ldc, p.a, row, col, p.b, p.ldb, m, k, n, p.e)
	kernelsAt(func(l Level, k *Kernels[T]) {
		copy(p.c, p.old)
		k.Gemm(p.c, p.ldc, p.a, row, col, p.b, p.ldb, p.m, p.k, p.n, p.e)
		p.verify(t, ar, slack)
		for i, x := range p.c {
			if l == Generic && x != twin[i] || slack == 0 && x != twin[i] {
				t.Fatalf("%v: %v: number %d is %v, the Go twin gives %v", l, p, i, x, twin[i])
			}
		}
	})
}

// FuzzGemmScratch: with memory for copies of a transposed A a product has the same bits, and neither that memory's neighbours nor the gaps
// between rows are touched.
func FuzzGemmScratch(f *testing.F) {
	f.Add(uint8(29), uint16(513), uint16(130), uint16(300), uint8(0), uint64(1))
	f.Add(uint8(100), uint16(257), uint16(64), uint16(900), uint8(3), uint64(2))
	f.Add(uint8(13), uint16(7), uint16(129), uint16(128), uint8(5), uint64(3))
	w := watch(f, 1, GemmScratch)
	f.Fuzz(func(t *testing.T, m uint8, k, n, gap uint16, flags uint8, seed uint64) {
		rows, inner, cols := int(m%64), int(k%700), int(n%300)
		step := rows + int(gap%1100)
		r := rand.New(rand.NewPCG(seed, 4))
		fuzzScratch(t, w.f32[0], r, rows, inner, cols, step, int(flags))
		fuzzScratch(t, w.f64[0], r, rows, inner, cols, step, int(flags))
	})
}

func fuzzScratch[T Float](t *testing.T, scratch *arena[T], r *rand.Rand, m, k, n, step, flags int) {
	numbers := func(n int) []T {
		s := make([]T, n)
		manySizes[T](r)(s)
		return s
	}
	a, b, old := numbers(extent(k, step, m)), numbers(k*n), numbers(m*n)
	e := Epilogue[T]{ReLU: flags&1 != 0}
	switch flags >> 1 % 4 {
	case 1:
		e.Accumulate = true
	case 2:
		e.Bias = numbers(m)
	case 3:
		e.Mask, e.LdMask = numbers(m*n), n
	}
	kernelsAt(func(l Level, kernels *Kernels[T]) {
		want, got := append([]T(nil), old...), append([]T(nil), old...)
		with := e
		with.Scratch = scratch.slice(GemmScratch, flags&8 != 0)
		kernels.Gemm(want, n, a, 1, step, b, n, m, k, n, e)
		kernels.Gemm(got, n, a, 1, step, b, n, m, k, n, with)
		scratch.check(t, "scratch")
		for i := range want {
			if !sameBits(got[i], want[i]) {
				t.Fatalf("%v: %d×%d×%d, %d apart: number %d is %v with scratch and %v without", l, m, k, n, step, i, got[i], want[i])
			}
		}
	})
}

// FuzzRow: a row through blocks of weights anywhere is the chain of fused multiply-adds that is promised, bit by bit, with guard pages.
func FuzzRow(f *testing.F) {
	f.Add(uint16(60), uint16(300), uint8(1), true, uint64(1))
	f.Add(uint16(300), uint16(500), uint8(3), false, uint64(2))
	f.Add(uint16(1), uint16(1), uint8(2), true, uint64(3))
	w := watch(f, 3, 1<<18)
	f.Fuzz(func(t *testing.T, in, out uint16, step uint8, atEnd bool, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 5))
		fuzzRow(t, w.f32, r, 1+int(in%400), 1+int(out%600), 1+int(step%5), atEnd)
		fuzzRow(t, w.f64, r, 1+int(in%400), 1+int(out%600), 1+int(step%5), atEnd)
	})
}

func fuzzRow[T Float](t *testing.T, ar []*arena[T], r *rand.Rand, in, out, step int, atEnd bool) {
	var blocks []RowBlock
	at := 0
	for range r.IntN(6) {
		b := RowBlock{First: r.IntN(in), From: r.IntN(out), At: at + r.IntN(20)}
		b.Rows, b.To = 1+r.IntN(in-b.First), b.From+1+r.IntN(out-b.From)
		b.Ld = b.To - b.From + r.IntN(9)
		if end := b.At + (b.Rows-1)*b.Ld + b.To - b.From; end <= len(ar[2].page) {
			blocks, at = append(blocks, b), end
		}
	}
	x, w := ar[1].slice((in-1)*step+1, atEnd), ar[2].slice(at, atEnd)
	manySizes[T](r)(x)
	manySizes[T](r)(w)
	old := make([]T, out)
	manySizes[T](r)(old)
	kernelsAt(func(l Level, k *Kernels[T]) {
		want := append([]T(nil), old...)
		for _, b := range blocks {
			for i := range b.Rows {
				for j := b.From; j < b.To; j++ {
					want[j] = fused(x[(b.First+i)*step], w[b.At+i*b.Ld+j-b.From], want[j], l)
				}
			}
		}
		y := ar[0].slice(out, atEnd)
		copy(y, old)
		k.Row(y, x, step, w, blocks)
		ar[0].check(t, "Row")
		for j := range y {
			if !sameBits(y[j], want[j]) {
				t.Fatalf("%v: %+v, numbers %d apart: output %d is %x, the chain gives %x", l, blocks, step, j, y[j], want[j])
			}
		}
	})
}

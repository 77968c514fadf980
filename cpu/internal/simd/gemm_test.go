package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// product is one Gemm: operands in watched memory, with gaps between rows that hold canaries in C.
type product[T Float] struct {
	m, k, n, lda, ldb, ldc, ldMask int
	transposed                     bool // A is stored as its transpose
	a, b, c, old, bias, mask       []T
	e                              Epilogue[T]
}

func (p *product[T]) String() string {
	return fmt.Sprintf("%d×%d×%d, rows %d %d %d %d apart, transposed %v, bias %v, accumulate %v, ReLU %v, mask %v",
		p.m, p.k, p.n, p.lda, p.ldb, p.ldc, p.ldMask, p.transposed, p.e.Bias != nil, p.e.Accumulate, p.e.ReLU, p.e.Mask != nil)
}

func (p *product[T]) aSteps() (row, col int) {
	if p.transposed {
		return 1, p.lda
	}
	return p.lda, 1
}

func (p *product[T]) run(k *Kernels[T]) {
	row, col := p.aSteps()
	k.Gemm(p.c, p.ldc, p.a, row, col, p.b, p.ldb, p.m, p.k, p.n, p.e)
}

// start is where the chain of element (i,j) starts.
func (p *product[T]) start(i, j int) T {
	switch {
	case p.e.Accumulate:
		return p.old[i*p.ldc+j]
	case p.e.Bias != nil:
		return p.bias[i]
	}
	return 0
}

// finish applies the epilogue to a sum.
func (p *product[T]) finish(s T, i, j int) T {
	if p.e.ReLU && s < 0 {
		s = 0
	}
	if p.e.Mask != nil && !(p.mask[i*p.ldMask+j] > 0) {
		s = 0
	}
	return s
}

// arenas are the watched memories of a product: A, B, C, bias and mask.
type gemmArenas[T Float] []*arena[T]

// random fills a product of the given size; flags chooses the variant, and fill the numbers.
func (ar gemmArenas[T]) random(r *rand.Rand, m, k, n, flags int, fill func([]T)) *product[T] {
	p := &product[T]{m: m, k: k, n: n, ldb: n + r.IntN(4), ldc: n + r.IntN(4), ldMask: n + r.IntN(4), transposed: flags&1 != 0}
	rows, cols := m, k
	if p.transposed {
		rows, cols = k, m
	}
	p.lda = cols + r.IntN(4)
	extent := func(rows, ld, cols int) int {
		if rows == 0 || cols == 0 {
			return 0
		}
		return (rows-1)*ld + cols
	}
	atEnd := flags&2 == 0
	p.a = ar[0].slice(extent(rows, p.lda, cols), atEnd)
	p.b = ar[1].slice(extent(k, p.ldb, n), atEnd)
	p.c = ar[2].slice(extent(m, p.ldc, n), atEnd)
	p.bias = ar[3].slice(m, atEnd)
	p.mask = ar[4].slice(extent(m, p.ldMask, n), atEnd)
	for _, x := range [][]T{p.a, p.b, p.bias, p.mask} {
		fill(x)
	}
	row := make([]T, n)
	for i := range m {
		if n > 0 {
			fill(row)
			copy(p.c[i*p.ldc:], row)
		}
	}
	p.old = slices.Clone(p.c)
	p.e.ReLU = flags&4 != 0
	if flags&8 != 0 {
		p.e.Mask, p.e.LdMask = p.mask, p.ldMask
	}
	switch flags >> 4 {
	case 1:
		p.e.Accumulate = true
	case 2:
		p.e.Bias = p.bias
	}
	return p
}

// verify compares C with a sum of products in float64 and looks at everything around it. slack is the tolerance in units of the
// sum of magnitudes; 0 for products that are exact.
func (p *product[T]) verify(t testing.TB, ar gemmArenas[T], slack float64) {
	t.Helper()
	for _, a := range ar {
		a.check(t, p.String())
	}
	row, col := p.aSteps()
	for x, got := range p.c {
		i, j := 0, 0
		if p.ldc > 0 {
			i, j = x/p.ldc, x%p.ldc
		}
		if j >= p.n {
			if got != canary {
				t.Fatalf("%v: wrote %v between rows, at row %d column %d", p, got, i, j)
			}
			continue
		}
		sum := float64(p.start(i, j))
		size := math.Abs(sum)
		for q := range p.k {
			term := float64(p.a[i*row+q*col]) * float64(p.b[q*p.ldb+j])
			sum += term
			size += math.Abs(term)
		}
		want := p.finish(T(sum), i, j)
		if !(math.Abs(float64(got-want)) <= slack*size) {
			t.Fatalf("%v: element %d,%d is %v, want %v", p, i, j, got, want)
		}
	}
}

func newGemmArenas[T Float](t testing.TB, m, k, n int) gemmArenas[T] {
	big := max(m*(k+4), k*(m+4), k*(n+4), m*(n+4))
	return newArenas[T](t, 5, big)
}

// smallIntegers make every sum exact in float32, so that results must be equal at any level.
func smallIntegers[T Float](r *rand.Rand) func([]T) {
	return func(xs []T) {
		for i := range xs {
			xs[i] = T(r.IntN(17) - 8)
		}
	}
}

func normals[T Float](r *rand.Rand) func([]T) {
	return func(xs []T) {
		for i := range xs {
			xs[i] = T(r.NormFloat64())
		}
	}
}

// testGemmExact goes through all small sizes, with every variant, in integers.
func testGemmExact[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	ms, ns, ks := 31, 140, []int{0, 1, 2, 3, 7, 20}
	ar := newGemmArenas[T](t, ms, 20, ns)
	fill := smallIntegers[T](r)
	step := 1
	if testing.Short() {
		step = 5
	}
	variant := 0
	for m := 0; m <= ms; m++ {
		for n := 0; n <= ns; n += step {
			p := ar.random(r, m, ks[variant%len(ks)], n, variant%48, fill)
			p.run(k)
			p.verify(t, ar, 0)
			variant++
		}
	}
	for m := 1; m <= 3; m++ { // few rows have wide panels
		for n := ns; n < 600; n += 11 * step {
			p := ar.random(r, m, ks[variant%5], n, variant%48, fill)
			p.run(k)
			p.verify(t, ar, 0)
			variant++
		}
	}
	for flags := range 48 { // every variant at least once with several panels both ways
		p := ar.random(r, 29, 13, 67, flags, fill)
		p.run(k)
		p.verify(t, ar, 0)
	}
}

func TestGemmExact(t *testing.T) { eachLevel(t, testGemmExact[float32], testGemmExact[float64]) }

// testGemmLarge crosses the cuts along n and k that keep calls short, and rounds.
func testGemmLarge[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	for _, s := range [][3]int{{100, 100, 128}, {3, 2500, 40}, {17, 700, 331}, {2, 9000, 33}, {5, 3, 70001}, {1, 5000, 1}} {
		if testing.Short() && s[0]*s[1]*s[2] > 1e6 {
			continue
		}
		ar := newGemmArenas[T](t, s[0], s[1], s[2])
		for _, flags := range []int{0, 1, 4 | 8 | 1<<4, 1 | 2 | 4 | 8 | 2<<4} {
			p := ar.random(r, s[0], s[1], s[2], flags, normals[T](r))
			p.run(k)
			p.verify(t, ar, float64(s[1]+2)*eps[T]())
		}
	}
}

func TestGemmLarge(t *testing.T) { eachLevel(t, testGemmLarge[float32], testGemmLarge[float64]) }

// fused is a*b + c rounded once (or twice, at level Generic).
func fused[T Float](a, b, c T, l Level) T {
	if l == Generic {
		return T(a*b) + c
	}
	if bitsOf[T]() == 64 {
		return T(math.FMA(float64(a), float64(b), float64(c)))
	}
	// The product is exact in float64. Rounding the sum to odd there makes the second rounding innocuous.
	p, q := float64(a)*float64(b), float64(c)
	s := p + q
	z := s - p
	if e := (p - (s - z)) + (q - z); e != 0 && math.Float64bits(s)&1 == 0 {
		s = math.Nextafter(s, s+math.Copysign(math.Inf(1), e))
	}
	return T(s)
}

// TestGemmChain: every element is the one chain that Kernels.Gemm promises, bit by bit.
func TestGemmChain(t *testing.T) {
	for _, l := range Levels() {
		restore := SetLevelForTest(l)
		k32, k64 := For[float32](), For[float64]()
		restore()
		t.Run(l.String()+"/float32", func(t *testing.T) { testGemmChain(t, k32, l) })
		t.Run(l.String()+"/float64", func(t *testing.T) { testGemmChain(t, k64, l) })
	}
}

func testGemmChain[T Float](t *testing.T, k *Kernels[T], l Level) {
	r := random(t)
	ar := newGemmArenas[T](t, 30, 2100, 150)
	sizes := [][3]int{{30, 50, 150}, {1, 33, 550}, {2, 15, 417}, {3, 21, 97}, {13, 2100, 47}}
	for _, s := range sizes {
		for _, flags := range []int{0, 1<<4 | 4, 2<<4 | 1 | 8} {
			p := ar.random(r, s[0], s[1], s[2], flags, normals[T](r))
			p.run(k)
			row, col := p.aSteps()
			for i := range p.m {
				for j := range p.n {
					sum := p.start(i, j)
					for q := range p.k {
						sum = fused(p.a[i*row+q*col], p.b[q*p.ldb+j], sum, l)
					}
					if want := p.finish(sum, i, j); !sameBits(p.c[i*p.ldc+j], want) {
						t.Fatalf("%v: element %d,%d is %x, the chain gives %x", p, i, j, p.c[i*p.ldc+j], want)
					}
				}
			}
		}
	}
}

// testGemmIndependence: a block of the product alone, the product with its roles swapped (Cᵀ = Bᵀ·Aᵀ), and one cut along k have
// the same bits.
func testGemmIndependence[T Float](t *testing.T, k *Kernels[T]) {
	r := random(t)
	const m, kk, n = 47, 57, 141
	a, b := make([]T, m*kk), make([]T, kk*n)
	normals[T](r)(a)
	normals[T](r)(b)
	whole := make([]T, m*n)
	k.Gemm(whole, n, a, kk, 1, b, n, m, kk, n, Epilogue[T]{})

	for range 300 {
		i, j := r.IntN(m), r.IntN(n)
		mm, nn := 1+r.IntN(m-i), 1+r.IntN(n-j)
		c := make([]T, mm*nn)
		k.Gemm(c, nn, a[i*kk:], kk, 1, b[j:], n, mm, kk, nn, Epilogue[T]{})
		for x, got := range c {
			if want := whole[(i+x/nn)*n+j+x%nn]; got != want {
				t.Fatalf("block of %d×%d from %d,%d: element %d,%d is %x, in the whole %x", mm, nn, i, j, x/nn, x%nn, got, want)
			}
		}
	}

	bt, swapped := make([]T, n*kk), make([]T, n*m)
	for p := range kk {
		for i := range m {
			bt[p*m+i] = a[i*kk+p] // Aᵀ, k×m, as second operand
		}
	}
	k.Gemm(swapped, m, b, 1, n, bt, m, n, kk, m, Epilogue[T]{})
	cut := make([]T, m*n)
	k.Gemm(cut, n, a, kk, 1, b, n, m, 20, n, Epilogue[T]{})
	k.Gemm(cut, n, a[20:], kk, 1, b[20*n:], n, m, kk-20, n, Epilogue[T]{Accumulate: true})
	for x, want := range whole {
		if got := swapped[x%n*m+x/n]; got != want {
			t.Fatalf("element %d,%d is %x with roles swapped, not %x", x/n, x%n, got, want)
		}
		if cut[x] != want {
			t.Fatalf("element %d,%d is %x cut along k, not %x", x/n, x%n, cut[x], want)
		}
	}
}

func TestGemmIndependence(t *testing.T) {
	eachLevel(t, testGemmIndependence[float32], testGemmIndependence[float64])
}

// testGemmNonFinite: NaN and infinities reach exactly the elements that they belong to, and ReLU keeps NaN.
func testGemmNonFinite[T Float](t *testing.T, k *Kernels[T]) {
	const m, kk, n = 16, 5, 37
	nan, inf := T(math.NaN()), T(math.Inf(1))
	a, b, c, mask := make([]T, m*kk), make([]T, kk*n), make([]T, m*n), make([]T, m*n)
	for i := range a {
		a[i] = -1
	}
	for i := range b {
		b[i] = 1
	}
	a[3*kk+2], b[1*n+36] = nan, inf
	for i := range mask {
		mask[i] = []T{1, nan, 0, -1}[i%4]
	}
	k.Gemm(c, n, a, kk, 1, b, n, m, kk, n, Epilogue[T]{})
	for x, got := range c {
		want := T(-kk)
		if x%n == 36 {
			want = -inf
		}
		if x/n == 3 {
			want = nan
		}
		if !sameBits(got, want) {
			t.Fatalf("element %d,%d is %v, want %v", x/n, x%n, got, want)
		}
	}
	k.Gemm(c, n, a, kk, 1, b, n, m, kk, n, Epilogue[T]{ReLU: true, Mask: mask, LdMask: n})
	for x, got := range c {
		want := T(0)
		if x/n == 3 && x%4 == 0 {
			want = nan
		}
		if !sameBits(got, want) {
			t.Fatalf("ReLU and mask: element %d,%d is %v, want %v", x/n, x%n, got, want)
		}
	}
}

func TestGemmNonFinite(t *testing.T) {
	eachLevel(t, testGemmNonFinite[float32], testGemmNonFinite[float64])
}

func testGemmBadShapes[T Float](t *testing.T, k *Kernels[T]) {
	a, b, c := make([]T, 6), make([]T, 12), make([]T, 8)
	for what, f := range map[string]func(){
		"C too short":            func() { k.Gemm(c[:7], 4, a, 3, 1, b, 4, 2, 3, 4, Epilogue[T]{}) },
		"A too short":            func() { k.Gemm(c, 4, a[:5], 3, 1, b, 4, 2, 3, 4, Epilogue[T]{}) },
		"transposed A too short": func() { k.Gemm(c, 4, a, 1, 3, b, 4, 2, 3, 4, Epilogue[T]{}) },
		"B too short":            func() { k.Gemm(c, 4, a, 3, 1, b[:11], 4, 2, 3, 4, Epilogue[T]{}) },
		"bias too short":         func() { k.Gemm(c, 4, a, 3, 1, b, 4, 2, 3, 4, Epilogue[T]{Bias: a[:1]}) },
		"mask too short":         func() { k.Gemm(c, 4, a, 3, 1, b, 4, 2, 3, 4, Epilogue[T]{Mask: b[:7], LdMask: 4}) },
		"rows of C overlap":      func() { k.Gemm(c, 3, a, 3, 1, b, 4, 2, 3, 4, Epilogue[T]{}) },
		"rows of B overlap":      func() { k.Gemm(c, 4, a, 3, 1, b, 3, 2, 3, 4, Epilogue[T]{}) },
		"negative size":          func() { k.Gemm(c, 4, a, 3, 1, b, 4, -2, 3, 4, Epilogue[T]{}) },
		"two starts":             func() { k.Gemm(c, 4, a, 3, 1, b, 4, 2, 3, 4, Epilogue[T]{Bias: a, Accumulate: true}) },
	} {
		mustPanic(t, what, f)
	}
}

func TestGemmBadShapesPanic(t *testing.T) {
	eachLevel(t, testGemmBadShapes[float32], testGemmBadShapes[float64])
}

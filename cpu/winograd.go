package cpu

import (
	"diffeo/cpu/internal/simd"
	"diffeo/matrix"
)

// winograd is a convolution of 3×3 filters by Winograd's algorithm F(2×2, 3×3) (Lavin and Gray, arXiv 1509.09308): of every tile of 4×4 pixels, two apart, Bᵀ·d·B is multiplied
// number by number by the transformed filters G·g·Gᵀ, summed over channels, and Aᵀ·m·A is 2×2 pixels of the result: 16 multiplications for them instead of 36. The sums are 16 products of
// matrices, with the tiles and the rows of the tile of the batch as columns.
type winograd[T matrix.Float] struct {
	gemm func(c []T, ldc int, a []T, aRow, aCol int, b []T, ldb, m, k, n int, e simd.Epilogue[T])
	into func(v, d []T, w *simd.WinogradTiles)
	back func(y, m, bias, mask []T, w *simd.WinogradTiles)
	convShape
	w             operand // [16, out, in]
	x             operand // framed, [in, plane]
	y             operand
	unit          int
	yLine, yPlane int // as in conv
	ending
}

// apart is the numbers by which matrices of different positions in a tile lie further from each other than they are long: at multiples of 4096 bytes they would share a few places of the cache.
const apart = 16

// byWinograd reports whether the transforms cost less than what they save: of 64 tiles of 8 rows some 650 ns for each channel, against 89 ns for each pair of channels (Zen 5, AVX-512).
func (s convShape) byWinograd() bool {
	return s.high == 3 && s.wide == 3 && s.height%2 == 0 && s.width%2 == 0 && s.in*s.out >= 7*(s.in+s.out)
}

// tileLines is the lines of tiles that are computed at once: the transformed numbers should stay in the second-level cache, and products should not be thin.
func (s convShape) tileLines(unit int) int { return max(1, min(s.height/2, 16/(s.width*unit))) }

// winogradScratch is the numbers for a lane: of x and of y.
func (s convShape) winogradScratch(unit int) int {
	return 16 * ((s.in+s.out)*s.tileLines(unit)*s.width/2*unit + 2*apart)
}

func (i *winograd[T]) run(t *tile[T]) {
	r := i.unit * t.lanes // numbers of a pixel
	tiles, most := i.width/2, i.tileLines(i.unit)
	yLine, yPlane := i.yLine*t.lanes, i.yPlane*t.lanes
	all := func(line, plane int) int { return (i.out-1)*plane + (i.height-1)*line + i.width*i.unit }
	y, x := t.span(i.y, all(i.yLine, i.yPlane)), t.span(i.x, i.in*i.plane()*i.unit)
	w := t.span(i.w, 16*i.out*i.in)
	var bias, mask []T
	if i.hasBias {
		bias = t.span(i.bias, i.out)
	}
	if i.hasMask {
		mask = t.span(i.mask, all(i.lineOff, i.ldMask))
	}
	into, back := &t.winograd[0], &t.winograd[1]
	*into = simd.WinogradTiles{Channels: i.in, Tiles: tiles, Lanes: r, Line: i.columns * r, Plane: i.plane() * r}
	*back = simd.WinogradTiles{
		Channels: i.out, Tiles: tiles, Lanes: r, Line: yLine, Plane: yPlane, ReLU: i.relu, MaskLine: i.lineOff * t.lanes, MaskPlane: i.ldMask * t.lanes,
	}
	for from := 0; from < i.height/2; from += most {
		lines := min(most, i.height/2-from)
		n := lines * tiles * r
		into.Step, into.Position = n, i.in*n+apart
		back.Step, back.Position = n, i.out*n+apart
		v, m := t.scratch[:16*into.Position], t.scratch[16*into.Position:][:16*back.Position]
		for l := range lines {
			i.into(v[l*tiles*r:], x[2*(from+l)*into.Line:], into)
		}
		for p := range 16 {
			i.gemm(m[p*back.Position:], n, w[p*i.out*i.in:], i.in, 1, v[p*into.Position:], n, i.out, i.in, n, simd.Epilogue[T]{Scratch: t.pack})
		}
		for l := range lines {
			at := 2 * (from + l)
			masked := mask
			if i.hasMask {
				masked = mask[at*back.MaskLine:]
			}
			i.back(y[at*yLine:], m[l*tiles*r:], bias, masked, back)
		}
	}
}

func (i *winograd[T]) flops(t *tile[T]) float64 {
	return 8 * float64(i.out*i.in*i.pixels()*i.unit*t.lanes)
}

// winogradFilters transforms the filters of the channels from … to of the result.
type winogradFilters[T matrix.Float] struct {
	packFilters[T]
	k *simd.Kernels[T]
}

func (i *winogradFilters[T]) run(t *tile[T]) {
	n, all := (i.to-i.from)*i.in, i.out*i.in
	work := i.work(t)
	g, half, lines := work[:9*n], work[9*n:][:12*n], work[21*n:][:9*i.in]
	i.copies(g, i.in, n, t.span(i.src, 9*all), lines)
	dst := t.span(i.dst, 16*all)
	for q := range 3 {
		i.side(func(r int) []T { return half[(3*r+q)*n:][:n] }, func(r int) []T { return g[(3*r+q)*n:][:n] })
	}
	for r := range 4 {
		i.side(func(q int) []T { return dst[(4*r+q)*all+i.from*i.in:][:n] }, func(q int) []T { return half[(3*r+q)*n:][:n] })
	}
}

// side is G·g for a column of G = ⎡1 0 0; ½ ½ ½; ½ −½ ½; 0 0 1⎤, for many g at once.
func (i *winogradFilters[T]) side(dst, g func(int) []T) {
	copy(dst(0), g(0))
	copy(dst(3), g(2))
	plus, minus := dst(1), dst(2)
	i.k.Add(plus, g(0), g(2))
	i.k.Sub(minus, plus, g(1))
	i.k.Add(plus, plus, g(1))
	i.k.MulS(plus, plus, 0.5)
	i.k.MulS(minus, minus, 0.5)
}

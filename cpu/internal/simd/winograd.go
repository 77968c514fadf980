package simd

import "fmt"

// WinogradTiles says where the pieces of an image lie that Winograd's algorithm F(2×2, 3×3) works on (Lavin and Gray, arXiv 1509.09308): Tiles tiles beside each other, of
// Channels channels. A pixel is Lanes numbers. Of a tile the 16 transformed pixels are numbers of as many matrices, Position numbers apart, in whose row of a channel, Step numbers
// apart, tiles lie one after the other.
type WinogradTiles struct {
	Channels, Tiles, Lanes int
	Plane, Line            int // of the image: numbers between its channels, and between its lines
	Step, Position         int
	ReLU                   bool
	MaskPlane, MaskLine    int // of the mask
}

// extents are the numbers that tiles of so many pixels squared, two apart, take in the image, and in the matrices.
func (w *WinogradTiles) extents(pixels int) (image, matrices int) {
	if w.Channels < 0 || w.Tiles < 0 || w.Lanes < 0 {
		panic(fmt.Sprintf("simd: Winograd with negative size: %d channels, %d tiles, %d lanes", w.Channels, w.Tiles, w.Lanes))
	}
	if w.empty() {
		return 0, 0
	}
	line := (2*w.Tiles - 2 + pixels) * w.Lanes
	return (w.Channels-1)*w.Plane + (pixels-1)*w.Line + line, (w.Channels-1)*w.Step + 15*w.Position + w.Tiles*w.Lanes
}

// checkWinograd panics if an operand is too short.
func checkWinograd[T Float](image, matrices, bias, mask []T, w *WinogradTiles, pixels int) {
	a, b := w.extents(pixels)
	if len(image) < a || len(matrices) < b || bias != nil && len(bias) < w.Channels && b > 0 {
		panic(fmt.Sprintf("simd: Winograd of %+v: %d and %d numbers, %d of the bias", *w, len(image), len(matrices), len(bias)))
	}
	if mask != nil {
		m := *w
		m.Plane, m.Line = w.MaskPlane, w.MaskLine
		if n, _ := m.extents(pixels); len(mask) < n {
			panic(fmt.Sprintf("simd: Winograd of %+v: %d numbers of the mask, needs %d", *w, len(mask), n))
		}
	}
}

// genericWinogradIn computes Bᵀ·d·B with
//
//	     ⎡1  0 −1  0⎤
//	Bᵀ = ⎢0  1  1  0⎥
//	     ⎢0 −1  1  0⎥
//	     ⎣0  1  0 −1⎦
func genericWinogradIn[T Float](v, d []T, w *WinogradTiles) {
	checkWinograd(d, v, nil, nil, w, 4)
	side := func(a, b, c, d T) [4]T { return [4]T{a - c, b + c, c - b, b - d} }
	w.each(func(at, to, _, _ int) {
		var t [4][4]T
		for q := range 4 {
			at := at + q*w.Lanes
			col := side(d[at], d[at+w.Line], d[at+2*w.Line], d[at+3*w.Line])
			for r, x := range col {
				t[r][q] = x
			}
		}
		for r, row := range t {
			for q, x := range side(row[0], row[1], row[2], row[3]) {
				v[to+(4*r+q)*w.Position] = x
			}
		}
	})
}

// genericWinogradOut computes Aᵀ·m·A, plus the bias, with
//
//	Aᵀ = ⎡1  1  1  0⎤
//	     ⎣0  1 −1 −1⎦
func genericWinogradOut[T Float](y, m, bias, mask []T, w *WinogradTiles) {
	checkWinograd(y, m, bias, mask, w, 2)
	side := func(a, b, c, d T) [2]T { return [2]T{T(b+c) + a, T(b-c) - d} }
	w.each(func(at, from, atMask, channel int) {
		var t [2][4]T
		var offset T
		if bias != nil {
			offset = bias[channel]
		}
		for q := range 4 {
			col := side(m[from+q*w.Position], m[from+(4+q)*w.Position], m[from+(8+q)*w.Position], m[from+(12+q)*w.Position])
			t[0][q], t[1][q] = col[0], col[1]
		}
		for r, row := range t {
			for q, x := range side(row[0], row[1], row[2], row[3]) {
				x += offset
				if w.ReLU && x < 0 {
					x = 0
				}
				if mask != nil && !(mask[atMask+r*w.MaskLine+q*w.Lanes] > 0) {
					x = 0
				}
				y[at+r*w.Line+q*w.Lanes] = x
			}
		}
	})
}

// each calls f with the places of every number of every tile: in the image, in the first matrix, in the mask.
func (w *WinogradTiles) each(f func(image, matrix, mask, channel int)) {
	for c := range w.Channels {
		for j := range w.Tiles {
			for i := range w.Lanes {
				f(c*w.Plane+2*j*w.Lanes+i, c*w.Step+j*w.Lanes+i, c*w.MaskPlane+2*j*w.Lanes+i, c)
			}
		}
	}
}

// empty reports whether there is nothing to do.
func (w *WinogradTiles) empty() bool { return w.Channels == 0 || w.Tiles == 0 || w.Lanes == 0 }

// Flags of the kernel of WinogradOut.
const (
	winogradBias = 1 << iota
	winogradReLU
	winogradMask
)

func (w *WinogradTiles) flags(bias, mask bool) (f int) {
	if bias {
		f |= winogradBias
	}
	if w.ReLU {
		f |= winogradReLU
	}
	if mask {
		f |= winogradMask
	}
	return f
}

// winogradPart is how many of the lanes that are left are taken at once: a full vector, half of one where the half vectors of the smaller instruction set are to be had, or the
// rest.
func winogradPart(left, full, half int) int {
	if left < full && left >= half && half > 0 {
		return half
	}
	return min(left, full)
}

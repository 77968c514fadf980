//go:build !purego

package simd

import "unsafe"

// row adds blocks of a layer to y, each by the microkernel for one row of C: the least that a call costs counts here.
func (g *gemmKernels[T]) row(y, x []T, step int, w []T, blocks []RowBlock) {
	one := int(unsafe.Sizeof(*new(T)))
	at := func(s []T, i int) *T { return (*T)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(s)), i*one)) }
	kernel := g.rows[1]
	for k := range blocks {
		b := &blocks[k]
		b.check(len(y), len(x), step, len(w))
		n := b.To - b.From
		if b.Rows*n <= gemmRowCall {
			kernel(at(y, b.From), n, at(x, b.First*step), 0, step, at(w, b.At), b.Ld, b.Rows, n, nil, nil, 0, gemmAccumulate)
			continue
		}
		for i := 0; i < b.Rows; i += b.cut(i) {
			kernel(at(y, b.From), n, at(x, (b.First+i)*step), 0, step, at(w, b.At+i*b.Ld), b.Ld, b.cut(i), n, nil, nil, 0, gemmAccumulate)
		}
	}
}

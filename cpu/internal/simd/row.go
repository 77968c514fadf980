package simd

import "fmt"

// RowBlock is a part of the transposed weights of a layer: Rows rows, for the numbers First … First+Rows of x, of To−From columns, for the
// numbers From … To of y. They lie Ld apart from At on.
type RowBlock struct{ First, Rows, From, To, At, Ld int }

// cut is the rows from i on that one call into assembly takes, so that it stays short.
func (b *RowBlock) cut(i int) int { return min(b.Rows-i, max(1, gemmRowCall/(b.To-b.From))) }

// gemmRowCall bounds the weights that one call into assembly reads.
const gemmRowCall = 1 << 16

// check panics if an operand of Row is too short for a block.
func (b *RowBlock) check(y, x, step, w int) {
	if b.First < 0 || b.Rows < 1 || b.From < 0 || b.To <= b.From || b.At < 0 || b.Ld < b.To-b.From || step < 1 ||
		b.To > y || (b.First+b.Rows-1)*step >= x || b.At+(b.Rows-1)*b.Ld+b.To-b.From > w {
		panic(fmt.Sprintf("simd: Row with block %+v of %d weights, from %d numbers %d apart to %d", *b, w, x, step, y))
	}
}

func genericRow[T Float](y, x []T, step int, w []T, blocks []RowBlock) {
	for i := range blocks {
		b := &blocks[i]
		b.check(len(y), len(x), step, len(w))
		genericGemm1(y[b.From:b.To], x[b.First*step:], step, w[b.At:], b.Ld, b.Rows)
	}
}

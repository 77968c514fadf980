package train

import (
	"math/bits"
	"math/rand/v2"

	"diffeo/matrix"
)

// batches deals the rows out: each epoch in a new order, and what does not fill a batch is left out of that epoch.
type batches[T matrix.Float] struct {
	from    Data[T]
	x, cond matrix.Matrix[T] // the current batch
	source  *rand.PCG
	order   []int
	next    int
}

// orderStream is the second word of the generator's seed. It keeps the order of rows apart from other uses of the same seed.
const orderStream = 0x6f72646572 // "order"

func newBatches[T matrix.Float](d Data[T], rows int, seed uint64) *batches[T] {
	b := &batches[T]{
		from: d, x: matrix.New[T](rows, d.X.Cols), cond: matrix.New[T](rows, d.Cond.Cols),
		source: rand.NewPCG(seed, orderStream), order: make([]int, d.X.Rows),
	}
	for i := range b.order {
		b.order[i] = i
	}
	b.next = len(b.order) // shuffled before the first batch
	return b
}

// deal gathers the next batch.
func (b *batches[T]) deal() {
	n := b.x.Rows
	if b.next+n > len(b.order) {
		b.shuffle()
		b.next = 0
	}
	for i, r := range b.order[b.next : b.next+n] {
		copy(b.x.Row(i), b.from.X.Row(r))
		if b.cond.Cols > 0 {
			copy(b.cond.Row(i), b.from.Cond.Row(r))
		}
	}
	b.next += n
}

// row is the row of the table that row i of the current batch was.
func (b *batches[T]) row(i int) int { return b.order[b.next-b.x.Rows+i] }

// shuffle is that of Fisher and Yates. It is written out because the order is part of what a seed means: the stream of PCG
// is fixed for good, rand.Shuffle's use of it is not.
func (b *batches[T]) shuffle() {
	for i := len(b.order) - 1; i > 0; i-- {
		j := b.below(uint64(i) + 1)
		b.order[i], b.order[j] = b.order[j], b.order[i]
	}
}

// below draws from 0 … n−1 without bias (D. Lemire, Fast Random Integer Generation in an Interval, 2019).
func (b *batches[T]) below(n uint64) uint64 {
	hi, lo := bits.Mul64(b.source.Uint64(), n)
	for lo < n && lo < -n%n {
		hi, lo = bits.Mul64(b.source.Uint64(), n)
	}
	return hi
}

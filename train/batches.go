package train

import (
	"context"
	"fmt"
	"math/bits"
	"math/rand/v2"

	"diffeo/matrix"
)

// batches is the Source of a table in memory: each pass deals the rows out in a new order, and what does not fill a batch is left out of
// that pass.
type batches[T matrix.Float] struct {
	from   Data[T]
	weight T // what the weights are multiplied by, for a mean of 1
	seed   uint64
	random *rand.PCG
	order  []int
	passes int   // how often order was shuffled: the pass it is for, from 1
	dealt  []int // the rows of the table in the batch that was dealt last
}

// orderStream is the second word of the generator's seed. It keeps the order of rows apart from other uses of the same seed.
const orderStream = 0x6f72646572 // "order"

func newBatches[T matrix.Float](d Data[T], seed uint64) *batches[T] {
	b := &batches[T]{from: d, seed: seed, order: make([]int, d.X.Rows)}
	if d.Weights != nil {
		b.weight = T(float64(d.X.Rows) / sum(d.Weights))
	}
	b.rewind()
	return b
}

// rewind goes back to before the first pass.
func (b *batches[T]) rewind() {
	b.random, b.passes = rand.NewPCG(b.seed, orderStream), 0
	for i := range b.order {
		b.order[i] = i
	}
}

// About implements Source.
func (b *batches[T]) About() About {
	return About{Rows: b.from.X.Rows, Weighted: b.from.Weights != nil, Fingerprint: b.from.fingerprint}
}

// Batch implements Source. The order of a pass is a shuffle of the last one's, so that a batch far ahead costs the shuffles in between:
// some nanoseconds for each row of each pass.
func (b *batches[T]) Batch(_ context.Context, n int, x, cond matrix.Matrix[T], weights []T) error {
	each := len(b.order) / x.Rows // batches of a pass
	pass, at := n/each+1, n%each*x.Rows
	if pass < b.passes {
		b.rewind()
	}
	for ; b.passes < pass; b.passes++ {
		b.shuffle()
	}
	b.dealt = b.order[at : at+x.Rows]
	for i, r := range b.dealt {
		copy(x.Row(i), b.from.X.Row(r))
		if cond.Cols > 0 {
			copy(cond.Row(i), b.from.Cond.Row(r))
		}
		if weights != nil {
			weights[i] = b.weight * b.from.Weights[r]
		}
	}
	if b.from.Fresh != nil {
		return b.from.Fresh(pass, b.dealt, x)
	}
	return nil
}

// Place implements Source.
func (b *batches[T]) Place(i int) string { return fmt.Sprintf("training row %d", b.dealt[i]) }

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
	hi, lo := bits.Mul64(b.random.Uint64(), n)
	for lo < n && lo < -n%n {
		hi, lo = bits.Mul64(b.random.Uint64(), n)
	}
	return hi
}

func sum[T matrix.Float](list []T) float64 {
	s := 0.0
	for _, x := range list {
		s += float64(x)
	}
	return s
}

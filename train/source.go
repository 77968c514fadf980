package train

import (
	"context"
	"fmt"

	"diffeo/fault"
	"diffeo/matrix"
)

// Source gives training its batches: from a table in memory, or from a stream of any length (see FromSource).
//
// Training is as deterministic as its source. Batch n must be a function of n, of the batch's number of rows and of the source's own
// seed, whatever was asked for before: then a run that is resumed sees the rows that the uninterrupted one would have
// seen. Training asks for the batches in ascending order, from 0 or from the step at which it resumes, and may ask for
// the latest again. It calls a source from one goroutine at a time.
type Source[T matrix.Float] interface {
	// About says what the rows are.
	About() About

	// Batch fills every row of x with the data of batch n, from 0, of cond with their condition (0 columns for a flow without one), and,
	// where About says Weighted, weights with their weights (else nil), which have the mean 1 over the source. An error ends training as
	// an interruption does: the best weights so far are kept.
	Batch(ctx context.Context, n int, x, cond matrix.Matrix[T], weights []T) error

	// Place says for messages where row i of the latest batch comes from: "rows.parquet, row 17".
	Place(i int) string
}

// About says what the rows of a Source are.
type About struct {
	Rows     int  // rows of one pass: for Config.Epochs, and no batch is larger; 0: not known, then Config.Steps is needed
	Weighted bool // whether rows have weights

	// Fingerprint gives a text that is equal for equal rows in equal order, and for no other: it ties a checkpoint to them, and is
	// called only where there is one.
	Fingerprint func() string
}

// checkBatch reports a cell or weight of the current batch that cannot be computed with. Tables in memory were checked before.
func (t *trainer[T]) checkBatch() error {
	for i := range t.x.Rows {
		for _, m := range [2]matrix.Matrix[T]{t.x, t.cond} {
			if m.Cols == 0 {
				continue
			}
			for k, x := range m.Row(i) {
				if !finite(float64(x)) {
					return fmt.Errorf("%w: %s, number %d is %v, and has to be a finite number", fault.ErrData, t.source.Place(i), k, x)
				}
			}
		}
		if t.weight != nil && !(t.weight[i] >= 0 && finite(float64(t.weight[i]))) {
			return fmt.Errorf("%w: %s has the weight %v, and weights are finite and not negative", fault.ErrData, t.source.Place(i), t.weight[i])
		}
	}
	return nil
}

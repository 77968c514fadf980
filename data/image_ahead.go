package data

import (
	"context"
	"io"
)

// ahead yields the batches of fill, which is called on a goroutine while the one before is in use. fill writes to memory that comes back to it
// when the batch has been used, and ends by an error: io.EOF, with which a last batch may come. The goroutine has ended when ahead returns.
func ahead(ctx context.Context, fill func(*Images) error, yield func(Images, error) bool) {
	type filled struct {
		batch Images
		err   error
	}
	full, empty, stop := make(chan filled), make(chan Images, 2), make(chan struct{})
	empty <- Images{}
	empty <- Images{}
	go func() {
		defer close(full)
		for batch := range empty {
			err := fill(&batch)
			select {
			case full <- filled{batch, err}:
			case <-stop:
				return
			}
			if err != nil {
				return
			}
		}
	}()
	defer func() {
		close(stop)
		close(empty)
		for range full {
		}
	}()
	for f := range full {
		if f.err != nil && f.err != io.EOF {
			yield(Images{}, f.err)
			return
		}
		if f.batch.Rows() > 0 && !yield(f.batch, nil) || f.err == io.EOF {
			return
		}
		empty <- f.batch
	}
}

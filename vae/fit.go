package vae

import (
	"context"
	"fmt"

	"diffeo/fault"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/matrix"
	"diffeo/param"
	"diffeo/train"
)

// Config of Fit. The zero value maximizes the bound itself.
type Config struct {
	Train train.Config // Freeze has no meaning

	// Warmup is the share of the steps, from 0 to 1, in which the divergence comes in: it counts with a factor that rises from 0 to 1, so that the
	// decoder learns to use z before the prior pulls (Bowman et al., arXiv 1511.06349; Sønderby et al., arXiv 1602.02282).
	Warmup float64

	// FreeBits are nats of divergence that cost nothing: the mean of log q(z|x) − log p(z) over a batch counts as FreeBits where it is less (Kingma et al., arXiv
	// 1606.04934, appendix C.8, with z as one group). It keeps z in use. 0: none.
	FreeBits float64
}

func (c Config) check() error {
	switch {
	case !(c.Warmup >= 0 && c.Warmup <= 1): // also NaN
		return fmt.Errorf("%w: Warmup: %g is no share of the steps", fault.ErrConfig, c.Warmup)
	case !(c.FreeBits >= 0 && c.FreeBits < 1e30):
		return fmt.Errorf("%w: FreeBits: %g nats", fault.ErrConfig, c.FreeBits)
	case c.Train.Freeze != "":
		return fmt.Errorf("%w: Freeze: %q is a part of a flow, and this is none", fault.ErrConfig, c.Train.Freeze)
	}
	return nil
}

// Fit trains an autoencoder on the rows of a table by the negative bound, with one draw of the posterior a row: params holds the first weights and receives the best ones by
// validation, or without validation rows the last ones. Validation is by the bound with one draw, as Result says log p. Rows of grey values become 0 and 1 anew in each pass
// by Binarized. The numbers are computed in T, and are functions of the seeds.
//
// Errors: those of train.MaximumLikelihood; fault.ErrConfig for a bad field.
func Fit[T matrix.Float](ctx context.Context, a Autoencoder, params *param.Set, data, validation train.Data[T], c Config) (train.Result, error) {
	if err := c.check(); err != nil {
		return train.Result{}, err
	}
	return train.Over(ctx, a, params, c.objective, data, validation, c.Train)
}

// objective is β·max(FreeBits, log q(z|x) − log p(z)) − log p(x|z).
func (c Config) objective(b *graph.Builder, f *flow.Bound) graph.Value {
	x, _ := train.Rows(b, f)
	decoded, divergence := f.Base.(*joint).terms(b, x, b.Key(), 1)
	if c.FreeBits > 0 {
		divergence = graph.Max(graph.MeanRows(divergence), b.Scalar(c.FreeBits))
	}
	if c.Warmup > 0 {
		divergence = graph.Mul(divergence, graph.Min(graph.Scale(train.Done(b), 1/c.Warmup), b.Scalar(1)))
	}
	return graph.Sub(divergence, decoded)
}

package infer

import (
	"context"
	"fmt"
	"math"

	"diffeo"
	"diffeo/cpu"
	"diffeo/fault"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/matrix"
	"diffeo/param"
)

// Draws are points of a flow q with the logarithms of their importance weights for a target, log p̃*(x) − log q(x). −Inf is a point that the
// target rules out.
type Draws struct {
	X          matrix.Matrix[float64]
	LogWeights []float64
}

// Options of Draw. The zero value is a good choice.
type Options struct {
	Seed    uint64
	Threads int // 0: one. The draws do not depend on it
}

// piece is the number of draws that are computed in one call.
const piece = 4096

// Draw takes n points from a flow, computed in T, and weighs them for the target. Draw i is a function of the seed and i alone. Errors: those of ReverseKL for a target
// that does not fit; fault.ErrShape for weights of another flow; fault.ErrNonFinite, with the point, where log p̃* is NaN or +Inf, or log q is not finite.
func Draw[T matrix.Float](ctx context.Context, f flow.Flow, params *param.Set, t Target, n int, o Options) (Draws, error) {
	bound, err := f.Bind()
	if err != nil {
		return Draws{}, err
	}
	if err := t.check(bound); err != nil {
		return Draws{}, err
	}
	if n < 1 || o.Threads < 0 {
		return Draws{}, fmt.Errorf("%w: %d draws by %d threads", fault.ErrConfig, n, o.Threads)
	}
	c, err := diffeo.Compile[T](f, params, diffeo.Options{Threads: max(1, o.Threads)})
	if err != nil {
		return Draws{}, err
	}
	g, err := graph.Build(graph.Evaluate, func(b *graph.Builder) error {
		b.Output("p", graph.OnRows(t.logDensity(b, b.Input("x", t.Dim)), 1))
		return nil
	})
	if err != nil {
		return Draws{}, err
	}
	p, err := cpu.Compile[T](g, cpu.Options{Threads: max(1, o.Threads)})
	if err != nil {
		return Draws{}, err
	}
	m := min(n, piece)
	x, logQ, logP := matrix.New[T](m, t.Dim), make([]T, m), make([]T, m)
	a := p.NewArgs()
	for i := range a.In { // none, where the target is constant
		a.In[i] = cpu.Array[T]{Data: x.Data, Stride: x.Stride}
	}
	a.Out[0] = cpu.Array[T]{Data: logP, Stride: 1}
	d := Draws{matrix.New[float64](n, t.Dim), make([]float64, n)}
	for from := 0; from < n; from += piece {
		a.Rows = min(piece, n-from)
		draw := diffeo.Draw{Seed: o.Seed, First: uint64(from)}
		if err := c.SampleAndLogProb(ctx, draw, matrix.Matrix[T]{}, x.Slice(0, a.Rows), logQ[:a.Rows]); err != nil {
			return Draws{}, err
		}
		if err := p.Run(ctx, &a); err != nil {
			return Draws{}, err
		}
		for i := range a.Rows {
			row := d.X.Row(from + i)
			for k, v := range x.Row(i) {
				row[k] = float64(v)
			}
			q, p := float64(logQ[i]), float64(logP[i])
			if q-q != 0 || math.IsNaN(p) || math.IsInf(p, 1) {
				return Draws{}, fmt.Errorf("%w: draw %d at %v has the log-density %g in the flow and %g in the target", fault.ErrNonFinite, from+i, row, q, p)
			}
			d.LogWeights[from+i] = p - q
		}
	}
	return d, nil
}

package train

import (
	"context"
	"math"
	"strings"

	"diffeo/cpu"
	"diffeo/flow"
	"diffeo/matrix"
)

// trainer makes steps.
type trainer[T matrix.Float] struct {
	config  Config
	flow    flow.Flow
	bound   *flow.Bound
	weights *weights[T]
	batches *batches[T]

	update  *program[T]
	scalars map[string][]T // the update's inputs and outputs of one number
	applied int            // updates made

	score      *program[T] // nil: no validation
	validation []T         // log p of every validation row
}

func newTrainer[T matrix.Float](f flow.Flow, bound *flow.Bound, w *weights[T], train, validation Data[T], c Config) (*trainer[T], error) {
	t := &trainer[T]{
		config: c, flow: f, bound: bound, weights: w, batches: newBatches(train, c.Batch, c.Seed),
		scalars: map[string][]T{"rate": {0}, "correction1": {0}, "correction2": {0}, outLoss: {0}, outNorm: {0}, outEnabled: {0}},
	}
	g, err := stepGraph(bound, c.Clip)
	t.update, err = compile(g, err, c.Threads, t.find(t.batches.x, t.batches.cond), t.named)
	if err != nil {
		return nil, err
	}
	t.update.args.Rows = c.Batch
	if validation.X.Rows == 0 {
		return t, nil
	}
	t.validation = make([]T, validation.X.Rows)
	g, err = scoreGraph(bound)
	t.score, err = compile(g, err, c.Threads, t.find(validation.X, validation.Cond), func(string) cpu.Array[T] {
		return cpu.Array[T]{Data: t.validation}
	})
	if err != nil {
		return nil, err
	}
	t.score.args.Rows = validation.X.Rows
	return t, nil
}

// find binds the data of a graph, and everything else by name.
func (t *trainer[T]) find(x, cond matrix.Matrix[T]) func(name string) cpu.Array[T] {
	return func(name string) cpu.Array[T] {
		switch name {
		case inputX:
			return rowsOf(x)
		case inputCond:
			return rowsOf(cond)
		}
		return t.named(name)
	}
}

// named is a parameter, its moment, or a scalar of the update.
func (t *trainer[T]) named(name string) cpu.Array[T] {
	if s, ok := t.scalars[name]; ok {
		return cpu.Array[T]{Data: s}
	}
	list := t.weights.p
	for prefix, l := range map[string][][]T{prefixM: t.weights.m, prefixV: t.weights.v} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			name, list = rest, l
		}
	}
	return cpu.Array[T]{Data: list[t.weights.at[name]]}
}

// step makes step number n, from 0: it deals a batch and updates the parameters, unless the loss or the gradient is not finite. Then
// nothing has changed and good is false.
func (t *trainer[T]) step(ctx context.Context, n int) (loss, norm float64, good bool, err error) {
	t.batches.deal()
	t.weights.keepState()
	k := float64(t.applied + 1)
	t.scalars["rate"][0] = T(t.config.rate(n))
	t.scalars["correction1"][0] = T(1 - math.Pow(adam.Beta1, k))
	t.scalars["correction2"][0] = T(1 - math.Pow(adam.Beta2, k))
	if err := t.update.Run(ctx, &t.update.args); err != nil {
		t.weights.restoreState()
		return 0, 0, false, err
	}
	if good = t.scalars[outEnabled][0] != 0; good {
		t.applied++
	}
	if !good || !t.stateFinite() {
		t.weights.restoreState()
	}
	return t.loss(), float64(t.scalars[outNorm][0]), good, nil
}

func (t *trainer[T]) loss() float64 { return float64(t.scalars[outLoss][0]) }

func (t *trainer[T]) stateFinite() bool {
	for i, s := range t.weights.previous {
		if s == nil {
			continue
		}
		for _, x := range t.weights.p[i] {
			if !finite(float64(x)) {
				return false
			}
		}
	}
	return true
}

// validate returns the mean log-density of the validation rows, added up in float64 in their order.
func (t *trainer[T]) validate(ctx context.Context) (float64, error) {
	if err := t.score.Run(ctx, &t.score.args); err != nil {
		return 0, err
	}
	sum := 0.0
	for _, x := range t.validation {
		sum += float64(x)
	}
	return sum / float64(len(t.validation)), nil
}

func finite(x float64) bool { return x-x == 0 }

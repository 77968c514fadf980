package train

import (
	"context"
	"math"
	"strings"

	"diffeo/cpu"
	"diffeo/flow"
	"diffeo/graph"
	"diffeo/matrix"
)

// trainer makes steps.
type trainer[T matrix.Float] struct {
	config  Config
	flow    flow.Flow
	bound   *flow.Bound
	weights *weights[T]

	objective Objective

	source  Source[T]
	checked bool // whether the source's cells are known to be finite
	x, cond matrix.Matrix[T]
	weight  []T // of the batch's rows; nil: they count the same

	update  *program[T]
	scalars map[string][]T // the update's inputs and outputs of one number
	key     [2]uint32      // of the step, for what draws while it learns
	applied int            // updates made
	bad     int            // consecutive steps that were not finite, until now
	rows    *program[T]    // log p of the batch's rows; compiled when first needed
	logs    []T

	score             *program[T] // nil: no validation
	validation        []T         // log p of every validation row
	validationWeights []T         // nil: they count the same
	sorted            []T         // memory for the median

	result Result
	curve  recorder
	prints fingerprint // of all that a checkpoint depends on; empty without one
}

// newTrainer compiles what training runs. When it returns the weights have their values too.
func newTrainer[T matrix.Float](f flow.Flow, bound *flow.Bound, w *weights[T], o Objective, from Source[T], validation Data[T], c Config) (*trainer[T], error) {
	defer w.filling.Wait()
	context := 0
	if bound.Cond != nil {
		context = bound.Cond.Size()
	}
	t := &trainer[T]{
		config: c, flow: f, bound: bound, weights: w, objective: o, source: from,
		x: matrix.New[T](c.Batch, bound.Transform.DataShape().Size()), cond: matrix.New[T](c.Batch, context),
		scalars: map[string][]T{"rate": {0}, inputDone: {0}, "correction1": {0}, "correction2": {0}, outLoss: {0}, outNorm: {0}, outEnabled: {0}},
		result:  Result{Planned: c.Steps, Batch: c.Batch, Validation: math.NaN()}, curve: newRecorder(),
	}
	if table, ok := from.(*batches[T]); ok {
		t.checked = table.from.Fresh == nil
	}
	if from.About().Weighted {
		t.weight = make([]T, c.Batch)
	}
	g, err := stepGraph(bound, c, o)
	t.update, err = compile(g, err, c.Threads, t.find(t.x, t.cond), t.named)
	if err != nil {
		return nil, err
	}
	t.update.args.Rows = c.Batch
	if validation.X.Rows == 0 {
		return t, nil
	}
	t.validation, t.validationWeights = make([]T, validation.X.Rows), validation.Weights
	t.sorted = make([]T, 0, validation.X.Rows)
	g, err = scoreGraph(bound, graph.Evaluate)
	find := t.find(validation.X, validation.Cond)
	t.score, err = compile(g, err, c.Threads, func(name string) cpu.Array[T] {
		if i, ok := w.at[name]; ok {
			return cpu.Array[T]{Data: w.current()[i]}
		}
		return find(name)
	}, func(string) cpu.Array[T] { return cpu.Array[T]{Data: t.validation} })
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
		case inputW:
			return cpu.Array[T]{Data: t.weight}
		}
		return t.named(name)
	}
}

// named is a parameter, its moment, the step's key, or a scalar of the update.
func (t *trainer[T]) named(name string) cpu.Array[T] {
	if name == graph.KeyInput {
		return cpu.Array[T]{Bits: t.key[:]}
	}
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

// outcome is what a step did.
type outcome struct {
	loss, norm float64
	good       bool // whether the parameters were updated; else nothing has changed
	dropped    int  // rows that had to be left out for it
}

// step makes step number n, from 0: it deals a batch and updates the parameters. Where the loss or the gradient is not finite it tries once
// more without the rows that are to blame.
func (t *trainer[T]) step(ctx context.Context, n int) (o outcome, err error) {
	if err := t.deal(ctx, n); err != nil {
		return o, err
	}
	t.weights.keepState()
	t.key = stepKey(t.config.Seed, n)
	k := float64(t.applied + 1)
	t.scalars["rate"][0] = T(t.config.rate(n))
	t.scalars[inputDone][0] = T(float64(n) / float64(t.config.Steps))
	t.scalars["correction1"][0] = T(1 - math.Pow(adam.Beta1, k))
	t.scalars["correction2"][0] = T(1 - math.Pow(adam.Beta2, k))
	o, err = t.try(ctx)
	if err != nil || o.good {
		return o, err
	}
	dropped, err := t.repair(ctx)
	if err != nil || dropped == 0 {
		return o, err
	}
	again, err := t.try(ctx)
	if err != nil {
		return o, err
	}
	if again.good {
		again.dropped = dropped
		return again, nil
	}
	return o, t.deal(ctx, n) // the rows as they were, for the diagnosis
}

// deal gets batch n.
func (t *trainer[T]) deal(ctx context.Context, n int) error {
	if err := t.source.Batch(ctx, n, t.x, t.cond, t.weight); err != nil || t.checked {
		return err
	}
	return t.checkBatch()
}

// try makes a step with the current batch.
func (t *trainer[T]) try(ctx context.Context) (outcome, error) {
	if err := t.update.Run(ctx, &t.update.args); err != nil {
		t.weights.restoreState()
		return outcome{}, err
	}
	good := t.scalars[outEnabled][0] != 0
	switch {
	case !good || !t.stateFinite():
		t.weights.restoreState()
	default:
		t.weights.restoreFrozen(t.config.Freeze)
	}
	if good {
		t.applied++
		t.weights.follow(t.config.Average, t.applied)
	}
	return outcome{loss: t.loss(), norm: float64(t.scalars[outNorm][0]), good: good}, nil
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

func finite(x float64) bool { return x-x == 0 }

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"diffeo/data"
	"diffeo/fault"
	"diffeo/model"
	"diffeo/train"
)

// trainingFlags are the options of fit that say how to train, beside how long and how fast.
func (f *fit) trainingFlags(c *cobra.Command) {
	t, flags := &f.train, c.Flags()
	flags.IntVar(&t.Warmup, "warmup", 0, "steps in which the learning rate rises to --lr before the cosine begins")
	flags.Float64Var(&t.Decay, "decay", 0, "decoupled weight decay of matrices (AdamW): a step shrinks them by learning rate × decay")
	flags.Float64Var(&t.Average, "average", 0, "validate and keep a moving average of the weights with this decay a step, e.g. 0.999; 0: no average; auto has 0.99")
	flags.StringVar(&f.smooth, "smooth", "0", "normal noise that every step adds to its rows, in deviations of a column, or rule: n^(−1/(D+4)), for few rows in many columns; 0: none")
	flags.StringVar(&f.dequantize, "dequantize", uniformNoise, "noise of whole numbers, of pictures or columns: uniform, or variational, which is learned")
	flags.StringVar(&t.Freeze, "freeze", "", "keep the first weights of: base or map")
	flags.StringVar(&f.weights, "weights", "", "column with the rows' weights in the likelihood; neither modelled nor conditioned on")
	flags.DurationVar(&t.TimeLimit, "time-limit", 0, "stop training after so long, e.g. 10m, and keep the best weights")
	flags.StringVar(&t.Checkpoint.File, "checkpoint", "", "file that the state of training is written to, now and then; removed when --out is written")
	flags.IntVar(&t.Checkpoint.Every, "checkpoint-every", train.DefaultConfig().Checkpoint.Every, "steps between checkpoints")
	flags.BoolVar(&t.Checkpoint.Resume, "resume", false, "go on from --checkpoint, if it is there, as if training had never stopped")
}

// checkTraining reports options of trainingFlags that make no sense.
func (f *fit) checkTraining(c *cobra.Command) error {
	t, changed := f.train, c.Flags().Changed
	for _, o := range []struct {
		flag, want string
		ok         bool
		has        any
	}{
		{"warmup", "give a number of steps, fewer than --steps", t.Warmup >= 0 && (t.Steps == 0 || t.Warmup < t.Steps), t.Warmup},
		{"decay", "give a number of 0 or more, by far below 1/lr", t.Decay >= 0 && t.Decay*t.Rate < 1, t.Decay},
		{"average", "give a number below 1, or 0 for none", t.Average >= 0 && t.Average < 1, t.Average},
		{"freeze", "give base or map", slices.Contains([]string{train.FreezeBase, train.FreezeMap}, t.Freeze) || !changed("freeze"), t.Freeze},
		{"time-limit", "give a duration above 0, e.g. 90s, 10m or 2h", t.TimeLimit > 0 || !changed("time-limit"), t.TimeLimit},
		{"checkpoint-every", "give a number above 0", t.Checkpoint.Every > 0, t.Checkpoint.Every},
	} {
		if !o.ok {
			return usagef("--%s %v makes no sense; %s", o.flag, o.has, o.want)
		}
	}
	if _, err := f.noise(1, 1); err != nil {
		return err
	}
	if err := f.checkDequantize(c); err != nil {
		return err
	}
	switch file := t.Checkpoint.File; {
	case file == "" && (t.Checkpoint.Resume || changed("checkpoint-every") || changed("checkpoint")):
		return usagef("--resume and --checkpoint-every need --checkpoint FILE")
	case file != "" && file == f.out:
		return usagef("--checkpoint and --out name the same file, %s; give them two", file)
	}
	if f.weights != "" && slices.Contains(slices.Concat(f.columns, f.context), f.weights) {
		return usagef("column %q is in --weights and in --columns or --context; it can only be one of them", f.weights)
	}
	return nil
}

// names are the columns that are read; none: all.
func (f *fit) names() []string {
	if f.weights == "" {
		return slices.Concat(f.columns, f.context)
	}
	return slices.Concat(f.columns, f.context, []string{f.weights})
}

// weightsOf are the weights of some rows of a table.
func (f *fit) weightsOf(t data.Table, rows []int) ([]float64, error) {
	if f.weights == "" {
		return nil, nil
	}
	column, err := t.Select([]string{f.weights})
	if err != nil {
		return nil, err
	}
	list, total := make([]float64, column.Values.Rows), 0.0
	for r := range list {
		w := column.Values.Row(r)[0]
		if !(w >= 0) || math.IsInf(w, 0) {
			at := r
			if rows != nil {
				at = rows[r]
			}
			return nil, badWeight(t.Source, at, f.weights, w)
		}
		list[r] = w
		total += w
	}
	if total == 0 || math.IsInf(total, 0) {
		return nil, fmt.Errorf("%w: %s, column %q: the weights of %d rows for one of training, validation and test add up to %g; none of them would count",
			fault.ErrData, t.Source, f.weights, len(list), total)
	}
	return list, nil
}

// tallied is the tally of log-densities with weights. Its variance is Σw²(x−mean)²/(Σw)², of n rows times n/(n−1), so that equal weights, and none, give
// what add gives.
func tallied(logProbs, weights []float64) (t tally) {
	if weights == nil {
		t.add(logProbs)
		return t
	}
	total, squares := 0.0, 0.0
	for i, x := range logProbs {
		switch w := weights[i]; {
		case w == 0:
		case x-x != 0:
			t.infinite++
		default:
			t.n++
			total += w
			t.mean += (x - t.mean) * w / total
		}
	}
	for i, x := range logProbs {
		if x-x == 0 {
			d := weights[i] / total * (x - t.mean)
			squares += d * d
		}
	}
	t.m2 = squares * float64(t.n) * float64(t.n)
	return t
}

// singles brings weights, of which only the ratios matter, to the number type of the flow.
func singles(list []float64) []float32 {
	if list == nil {
		return nil
	}
	most := slices.Max(list)
	out := make([]float32, len(list))
	for i, w := range list {
		out[i] = float32(w / most)
	}
	return out
}

// finished removes the checkpoint of a training that has given its model file. One that ran out of time may go on.
func (f *fit) finished(r train.Result) error {
	file := f.train.Checkpoint.File
	if file == "" || f.out == "" || r.TimedOut {
		return nil
	}
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s was written, but its checkpoint could not be removed: %w", f.out, err)
	}
	return nil
}

// settings says how a model was trained, defaults included.
func settings(t model.Training) string {
	text := []string{"Adam"}
	add := func(ok bool, format string, args ...any) {
		if ok {
			text = append(text, fmt.Sprintf(format, args...))
		}
	}
	if t.Decay > 0 {
		text[0] = fmt.Sprintf("AdamW, decay %g", t.Decay)
	}
	add(true, "batches of %d rows", t.Batch)
	add(t.Warmup == 0, "learning rate %g falling to 0 by a cosine", t.Rate)
	add(t.Warmup > 0, "learning rate rising for %d steps to %g and falling to 0 by a cosine", t.Warmup, t.Rate)
	add(t.Clip > 0, "clip %g", t.Clip)
	add(t.Average > 0, "weights averaged with decay %g", t.Average)
	add(t.Noise > 0, "noise of %.3g deviations", t.Noise)
	add(t.Freeze != "", "%s frozen", t.Freeze)
	add(t.Weights != "", "rows weighted by %s", t.Weights)
	return strings.Join(text, ", ")
}

// ended says what ended a training before its last step.
func ended(r train.Result) string {
	switch {
	case r.TimedOut:
		return model.EndedInTime
	case r.Early:
		return model.EndedEarly
	}
	return ""
}

// curves are a training's, in the data's own units, rounded so that they stay small.
func curves(c train.Curve, logDet float64) *model.Curves {
	side := func(points []train.Point) (out model.Curve) {
		out = model.Curve{Steps: []int{}, LogProb: []float64{}}
		for _, p := range points {
			out.Steps = append(out.Steps, p.Step)
			out.LogProb = append(out.LogProb, math.Round((p.LogProb+logDet)*1e5)/1e5)
		}
		return out
	}
	return &model.Curves{Train: side(c.Train), Validation: side(c.Validation)}
}

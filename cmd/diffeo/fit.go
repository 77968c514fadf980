package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"diffeo"
	"diffeo/check"
	"diffeo/data"
	"diffeo/matrix"
	"diffeo/model"
	"diffeo/recipe"
	"diffeo/train"
)

var fitHelp = `Fit a density to the rows of TABLE by maximum likelihood.

All columns are modelled unless --columns says which; columns named by --context are conditioned on instead. Every cell of
these columns must be a finite number. Columns are matched by name between files.

Without --val and --test a tenth of the rows each is held out by --seed. Training keeps the weights of the best validation, and stops
early when --patience steps brought no better one, or when --time-limit is over. The test rows are scored once, at the end.
The tables of --val and --test are read into memory whole, up to 1 GiB of numbers (8 bytes each); larger ones are refused.

The same seed gives the same model file, with any number of threads. If the command is interrupted no model is written; with
--checkpoint it can go on: the same command with --resume gives the same file, bit for bit, as if it had never stopped, also after the
process was killed or the machine failed. Another table, seed or setting is refused; --threads, --time-limit and --out may change.

With --weights the likelihood is Σ w log p / Σ w, in training, validation and test; standard errors are those of that mean.
One validation row cannot decide: none counts for less than max(100, n/2) nats below the median of the n rows. Rows with which a step
would not be finite are left out of it, and counted.

With --json the summary is one object: rows (that were trained on), steps, seconds, ended (patience or time limit, where
one did), skipped_steps and dropped_rows (where there are any), val_log_prob, test_log_prob, test_log_prob_2se
(twice the standard error), all in nats a row and in the data's own units, and test_log_prob_standardized
(of columns with mean 0 and deviation 1); check is the verdict of the brief check of the model at the end (see diffeo check),
which does not change the exit status.

Recipes:
  maf                masked autoregressive flow, affine: scores in one pass
  iaf                its inverse: samples in one pass
  nice               additive couplings
  realnvp            affine couplings
  nsf-ar             autoregressive rational-quadratic splines
  nsf-c              coupling rational-quadratic splines
  ncsf               coupling splines on circles, without a seam, for angles, beside which there may be numbers
  bpf                autoregressive Bernstein polynomials
  sospf              autoregressive sums of squared polynomials
  naf                neural autoregressive flow, of sigmoids
  unaf               unconstrained neural autoregressive flow, integrals of networks
  gf                 Gaussianization flow: mixtures of normals column by column, and rotations
  triangular-spline  a spline of every column and triangular linear maps: no networks, fast
  planar             moves along one direction, by tanh of a place: a few numbers a map, for a rough fit
  radial             draws to a centre or pushes away from it: a few numbers a map, for a rough fit
  sylvester          planar maps in many directions at once
  bnaf               block neural autoregressive flow: networks that are bijections; scores in one pass, samples by iteration

` + waysHelp + `

` + posteriorHelp + `

--bins, --bin-scale, --linear and --tails are for nsf-ar and nsf-c alone, --bins and --bin-scale for ncsf and --bins for triangular-spline too. --bound is
for nsf-ar, nsf-c, bpf and the numbers beside the angles of ncsf, --affine, --scale-bound and --factor for maf, iaf and realnvp, --degree for bpf and sospf,
--components for sospf, naf, gf and ncsf, --signal and --nodes for unaf. --dropout, --norm and --start are for the networks that compute a map's parameters: all
recipes but bnaf have some, five of them (gf, planar, radial, sylvester, triangular-spline) only with --context. A recipe that has no use for an option
refuses it. Units are left out while training, and never when scoring or sampling.

` + smoothHelp + `

` + dequantizeHelp + `

` + preprocessHelp + `

` + streamHelp + `

` + tableHelp + `

` + imageHelp + `

` + databaseHelp + ` --val-query and --test-query are for --val and --test. For the same seed to give the same
model the query needs ORDER BY a unique column.`

// fit is the command's options.
type fit struct {
	*environment
	table, val, test, recipe, out string
	given                         int64 // bytes of val, and of test, at most
	weights                       string
	queries                       queries
	reading                       tableFlags
	streaming                     streaming
	columns, context              []string
	config                        recipe.Config
	pre                           preprocessing
	json                          bool
	smooth, dequantize            string
	pictures                      pictureOptions
	seed                          uint64
	train                         train.Config
}

func newFit(e *environment) *cobra.Command {
	f := &fit{environment: e, given: givenBytes}
	c := &cobra.Command{
		Use:   "fit {TABLE | PICTURES}",
		Short: "fit a density to a table, or to pictures",
		Long:  fitHelp,
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			f.table = args[0]
			f.completeQueries()
			return f.run(c.Context())
		},
	}
	d := train.DefaultConfig()
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.val, "val", "", "validation table (default: a tenth of TABLE)")
	flags.StringVar(&f.test, "test", "", "test table (default: a tenth of TABLE)")
	f.queries.flags(flags)
	f.reading.flags(flags)
	f.streaming.flags(c)
	flags.StringVar(&f.recipe, "recipe", automatic, "recipe: auto, posterior, "+strings.Join(recipe.Names(), ", ")+"; of pictures "+strings.Join(recipe.ImageNames(), ", "))
	flags.IntVar(&f.config.Transforms, "transforms", 5, "number of transforms; auto has 8")
	f.networkFlags(c)
	flags.StringSliceVar(&f.columns, "columns", nil, "columns to model (default: all but those of --context)")
	flags.StringSliceVar(&f.context, "context", nil, "columns to condition on")
	f.pre.flags(c)
	flags.IntVar(&f.train.Steps, "steps", d.Steps, "training steps")
	flags.IntVar(&f.train.Epochs, "epochs", 0, "passes over the rows, instead of --steps")
	flags.IntVar(&f.train.Batch, "batch", d.Batch, "rows of a step")
	flags.Float64Var(&f.train.Rate, "lr", d.Rate, "learning rate of Adam at the first step; a cosine leads to 0 at the last; auto has 0.003")
	flags.Float64Var(&f.train.Clip, "clip", d.Clip, "largest norm of a gradient; inf for none")
	flags.IntVar(&f.train.ValidateEvery, "validate-every", d.ValidateEvery, "steps between validations")
	flags.IntVar(&f.train.Patience, "patience", d.Patience, "steps without a better validation after which to stop; -1 for never")
	f.trainingFlags(c)
	f.pictureFlags(flags)
	flags.Uint64Var(&f.seed, "seed", 0, "of the split, the first weights, and the order of rows")
	flags.IntVar(&f.train.Threads, "threads", 0, "processors to use (default: all); results do not depend on it")
	flags.StringVar(&f.out, "out", "", "model file to write")
	flags.BoolVar(&f.json, "json", false, "print the summary as JSON, and no progress")
	c.MarkFlagsMutuallyExclusive("steps", "epochs")
	c.PreRunE = func(c *cobra.Command, _ []string) error {
		if c.Flags().Changed("epochs") {
			f.train.Steps = 0
		}
		if err := f.fill(c); err != nil {
			return err
		}
		if err := f.chosen(c); err != nil {
			return err
		}
		if f.ofPictures() {
			if err := f.choosePictures(c); err != nil {
				return err
			}
		} else if err := onlyTables(c.Flags(), pictureOnly, f.recipe+" is a recipe of tables: --recipe glow is one of pictures"); err != nil {
			return err
		}
		if _, err := f.reading.options(data.Options{}); err != nil {
			return err
		}
		if err := f.streaming.check(c); err != nil {
			return err
		}
		if err := f.pre.check(); err != nil {
			return err
		}
		if err := f.check(c.Flags().Changed("epochs")); err != nil {
			return err
		}
		return f.checkTraining(c)
	}
	return c
}

// check reports options that are wrong whatever is in the files. The library takes 0 for its defaults; on a command line that was
// written out it is a mistake.
func (f *fit) check(epochs bool) error {
	t := f.train
	for _, o := range []struct {
		flag string
		ok   bool
		has  any
	}{
		{"steps", t.Steps > 0 || epochs, t.Steps},
		{"epochs", t.Epochs > 0 || !epochs, t.Epochs},
		{"batch", t.Batch > 0, t.Batch},
		{"lr", t.Rate > 0 && !math.IsInf(t.Rate, 0), t.Rate},
		{"clip", t.Clip > 0, t.Clip},
		{"validate-every", t.ValidateEvery > 0, t.ValidateEvery},
		{"patience", t.Patience > 0 || t.Patience == -1, t.Patience},
		{"threads", t.Threads >= 0, t.Threads},
		{"transforms", f.config.Transforms > 0, f.config.Transforms},
	} {
		if !o.ok {
			return usagef("--%s %v makes no sense; give a number above 0", o.flag, o.has)
		}
	}
	for _, name := range f.context {
		for _, other := range f.columns {
			if name == other {
				return usagef("column %q is both in --columns and in --context; it can be modelled or conditioned on, not both", name)
			}
		}
	}
	if f.ofPictures() {
		return nil // choosePictures has built the recipe
	}
	c := f.config
	c.Dim, c.Transforms, c.Context = 2, 1, len(f.context)
	if f.recipe == circles && c.Components == 0 { // a number beside an angle
		c.Angles = []int{0}
	}
	_, err := recipe.New(f.recipe, c)
	return err
}

// task is a model to be trained, and how.
type task struct {
	model     *model.Model
	train     func(ctx context.Context) (train.Result, error)
	units     units
	summarize func(ctx context.Context, r train.Result) (summary, error)     // fills in the model's summary too
	inspect   func(ctx context.Context) (verdict check.Verdict, line string) // nil: there is no check of such a model
	close     func()
}

// tableTask reads the tables and makes a model of them.
func (f *fit) tableTask(ctx context.Context) (t task, err error) {
	parts, err := f.read(ctx)
	if err != nil {
		return t, f.hintPictures(err)
	}
	defer func() {
		if err != nil {
			parts.close()
		}
	}()
	m, err := f.model(parts)
	if err != nil {
		return t, err
	}
	if err := f.setNoise(m, parts.trainRows()); err != nil {
		return t, err
	}
	fitted, err := f.trainer(m, parts)
	if err != nil {
		return t, err
	}
	validation, logDet, err := preprocessed(m, parts.val)
	if err != nil {
		return t, err
	}
	return task{
		model: m, units: units{logDet: logDet}, close: parts.close,
		train: func(ctx context.Context) (train.Result, error) { return fitted(ctx, validation) },
		summarize: func(ctx context.Context, r train.Result) (summary, error) {
			return f.summarize(ctx, m, parts, r, logDet)
		},
		inspect: func(ctx context.Context) (check.Verdict, string) { return f.inspect(ctx, m, parts.test) },
	}, nil
}

func (f *fit) run(ctx context.Context) error {
	if f.out != "" {
		if err := model.CanSave(f.out); err != nil {
			return err
		}
	}
	prepare := f.tableTask
	if f.ofPictures() {
		prepare = f.pictureTask
	}
	t, err := prepare(ctx)
	if err != nil {
		return err
	}
	defer t.close()
	m := t.model
	bar := newProgress(f.environment, f.json, t.units)
	f.train.Seed, f.train.Progress = f.seed, bar.step
	start := time.Now()
	r, err := t.train(ctx)
	seconds := time.Since(start).Seconds()
	bar.end()
	if err != nil {
		if f.out != "" {
			err = fmt.Errorf("%w; %s was not written", err, f.out)
		}
		return err
	}
	s, err := t.summarize(ctx, r)
	if err != nil {
		return err
	}
	s.Seconds = seconds
	if f.out != "" {
		if err := m.Save(f.out); err != nil {
			return err
		}
		if err := f.finished(r); err != nil {
			return err
		}
	}
	line := ""
	if t.inspect != nil {
		s.Check, line = t.inspect(ctx)
	}
	return f.report(m, s, r, line)
}

// meanLogDet is what the preprocessing adds to the mean log-density of rows in its support.
func meanLogDet(m *model.Model, p part) (float64, error) {
	logDets := make([]float64, p.data.Values.Rows)
	z := matrix.New[float64](p.data.Values.Rows, p.data.Values.Cols)
	err := data.TransformSupported(model.Preprocessing(m.Columns), p.data.Values, nil, z, logDets)
	return mean(logDets, p.weights), err
}

// model is the untrained model for the training rows.
func (f *fit) model(p parts) (*model.Model, error) {
	columns, context, err := f.preprocess(p)
	if err != nil {
		return nil, err
	}
	m, err := model.New(f.recipe, f.config, columns, context, model.Float32, f.seed)
	if err != nil {
		return nil, err
	}
	if f.config.Regression {
		d, _, err := preprocessed(m, p.train)
		if err != nil {
			return nil, err
		}
		if err := recipe.Regress(f.config, m.Params, d.X, d.Cond); err != nil {
			return nil, err
		}
	}
	if err := f.beginMixture(m, p); err != nil {
		return nil, err
	}
	return m, f.learnNoise(m)
}

// preprocessed brings rows to the units and the number type of the flow. logDet is the mean of what that adds to log-densities.
func preprocessed(m *model.Model, p part) (d train.Data[float32], logDet float64, err error) {
	d.Weights = singles(p.weights)
	rows := make([]float64, p.data.Values.Rows)
	for _, side := range []struct {
		from    data.Table
		columns []model.Column
		to      *matrix.Matrix[float32]
	}{{p.data, m.Columns, &d.X}, {p.context, m.Context, &d.Cond}} {
		if len(side.columns) == 0 {
			continue
		}
		*side.to = matrix.New[float32](side.from.Values.Rows, len(side.columns))
		logDets := rows
		if side.to == &d.Cond {
			logDets = nil
		}
		if err := data.Transform(model.Preprocessing(side.columns), side.from.Values, p.noiseOf(m), *side.to, logDets); err != nil {
			return d, 0, p.located(err, model.Names(side.columns))
		}
	}
	logDet = mean(rows, p.weights)
	if m.Noise != nil {
		logDet -= m.LogCells() // the bound is that of the cells' probabilities; log-densities of dequantized columns are shown in their place
	}
	return d, logDet, nil
}

// mean of the numbers that are finite, with weights where there are any. Of equal numbers it is exactly theirs.
func mean(x, weights []float64) float64 {
	m, n := 0.0, 0.0
	for i, v := range x {
		w := 1.0
		if weights != nil {
			w = weights[i]
		}
		if v-v == 0 && w > 0 {
			n += w
			m += (v - m) * w / n
		}
	}
	return m
}

// summarize scores the test rows and fills in the model's summary. logDet is the validation rows'.
func (f *fit) summarize(ctx context.Context, m *model.Model, p parts, r train.Result, logDet float64) (summary, error) {
	density, err := model.Compile(m, diffeo.Options{Threads: f.train.Threads})
	if err != nil {
		return summary{}, err
	}
	out := make([]float64, p.test.data.Values.Rows)
	if err := density.LogProb(ctx, p.test.data.Values, p.test.context.Values, out); err != nil {
		if e, ok := errors.AsType[*data.TooFar](err); ok {
			err = p.test.place(e, nil)
		}
		return summary{}, err
	}
	testLogDet, err := meanLogDet(m, p.test)
	if err != nil {
		return summary{}, err
	}
	s := f.conclude(m, r, out, p.test.weights, [3]int{p.trainRows(), p.val.data.Values.Rows, len(out)}, logDet)
	t := tallied(out, p.test.weights)
	s.Standardized = number(t.average() - testLogDet)
	return s, nil
}

// conclude fills in the model's summary of a training: out are the log-densities of test rows, with their weights, rows those of training, validation and test.
func (f *fit) conclude(m *model.Model, r train.Result, out, weights []float64, rows [3]int, logDet float64) summary {
	t := tallied(out, weights)
	s := summary{
		Rows: rows[0], Steps: r.Steps, Ended: ended(r), Skipped: r.Skipped, Dropped: r.Dropped,
		Val: number(r.Validation + logDet), Test: number(t.average()), TwoSE: number(t.twoSE()), notFinite: t.infinite,
	}
	m.Training = model.Training{
		TrainRows: rows[0], ValidationRows: rows[1], TestRows: rows[2],
		Weights: f.weights, Steps: r.Steps, BestStep: r.BestStep, PlannedSteps: r.Planned, Ended: ended(r),
		SkippedSteps: r.Skipped, DroppedRows: r.Dropped, FlooredRows: r.Floored,
		Batch: r.Batch, Rate: f.train.Rate, Clip: f.train.Clip,
		Decay: f.train.Decay, Warmup: f.train.Warmup, Average: f.train.Average, Freeze: f.train.Freeze, Noise: f.train.Noise,
		ValLogProb: s.Val, TestLogProb: s.Test, TestLogProb2SE: s.TwoSE, Curves: curves(r.Curve, logDet),
		Reference: model.NewReference(out, weights),
	}
	if math.IsInf(f.train.Clip, 1) {
		m.Training.Clip = 0 // JSON has no infinity
	}
	return s
}

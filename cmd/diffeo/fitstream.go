package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"

	"github.com/spf13/cobra"

	"diffeo/data"
	"diffeo/fault"
	"diffeo/model"
	"diffeo/train"
)

// streamHelp is a part of the command's help.
const streamHelp = `A Parquet or npy file of more than 1 GiB is streamed from the disk instead of read into memory, as is any plain Parquet, npy or CSV file with
--stream. One pass then takes 100,000 training rows at random, from which the preprocessing is chosen and measured, and holds back a tenth for
validation and a tenth for test, but 50,000 rows each at most (all three: 64 MiB at most). Training reads the other
rows in an order that depends on the seed and --window, drawing batches at random from a window of rows. --checkpoint, --weights and all else is as before.
The same table gives another model than without --stream, as other rows are held out.`

// What is held in memory of a table that is streamed.
const (
	streamFrom = 1 << 30 // bytes of a file from which it is streamed unasked
	sampleRows = 100_000 // training rows from which the preprocessing is taken
	heldRows   = 50_000  // rows of the validation and the test part
	heldBytes  = 64 << 20
)

// streaming is the options of fit for tables that are larger than memory.
type streaming struct {
	stream, given bool
	window        int
}

func (s *streaming) flags(c *cobra.Command) {
	c.Flags().BoolVar(&s.stream, "stream", false, "leave the table, or the values of pictures, on the disk instead of reading them into memory (default: where they are larger than 1 GiB)")
	c.Flags().IntVar(&s.window, "window", 0, "rows of a streamed table that batches are drawn from (default: 64 MiB of them)")
}

func (s *streaming) check(c *cobra.Command) error {
	s.given = c.Flags().Changed("stream")
	switch changed := c.Flags().Changed("window"); {
	case changed && s.window < 1:
		return usagef("--window %d makes no sense; give a number above 0", s.window)
	case changed && !s.stream:
		return usagef("--window needs --stream")
	}
	return nil
}

// streams decides whether the table is streamed.
func (f *fit) streams() bool {
	if f.streaming.given {
		return f.streaming.stream
	}
	size := streamable(f.table)
	if size <= streamFrom {
		return false
	}
	f.remark("%s has %.1f GiB and is streamed from the disk; --stream=false reads it into memory\n", f.table, float64(size)/(1<<30))
	return true
}

// streamable is the size of a plain Parquet or npy file; 0 for anything else.
func streamable(path string) int64 {
	if data.IsDatabase(path) {
		return 0
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	file, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer file.Close()
	var start [6]byte
	if _, err := io.ReadFull(file, start[:]); err != nil || string(start[:4]) != "PAR1" && string(start[:]) != "\x93NUMPY" {
		return 0
	}
	return info.Size()
}

// readStreamed is read for a table that stays on the disk. parts.train is the sample.
func (f *fit) readStreamed(ctx context.Context) (p parts, err error) {
	if err := f.nameColumns(ctx); err != nil {
		return p, err
	}
	o, err := f.reading.options(f.options(ctx, f.queries.table, f.names()))
	if err != nil {
		return p, err
	}
	o.Report = nil // the survey's says it
	var part func(row int) data.Part
	o.Keep = func(row int) bool { return part(row) == data.Training }
	stream, err := data.OpenShuffled(f.table, o, data.ShuffleOptions{Seed: f.seed, Window: f.streaming.window})
	if err != nil {
		return p, err
	}
	p.stream = &rowStream{stream: stream, name: data.SourceName(f.table), columns: f.names(), seed: f.seed, weighted: f.weights != "", latest: -1}
	defer func() {
		if err != nil {
			err = errors.Join(err, stream.Close())
		}
	}()
	room := heldBytes / (8 * len(f.names()))
	held := max(1, min(heldRows, room))
	share := min(0.1, float64(held)/float64(stream.Rows()))
	fractions := map[bool]float64{true: 0, false: share} // by whether a file was given
	if part, err = data.Parts(f.seed, fractions[f.test != ""], fractions[f.val != ""]); err != nil {
		return p, err
	}
	s := &survey{columns: f.names(), source: p.stream.name, part: part, weighted: f.weights != "", extremes: extremes{grids: f.pre.grids(f.names())}}
	for i, most := range map[data.Part]int{data.Training: max(1, min(sampleRows, room)), data.Validation: held, data.Test: held} {
		s.picked[i] = reservoir{most: most, random: rand.NewPCG(f.seed, surveyStream+uint64(i))}
	}
	if f.train.Checkpoint.File != "" {
		s.digest = sha256.New()
	}
	if err := f.survey(ctx, s); err != nil {
		return p, err
	}
	if err := f.surveyed(s, &p); err != nil {
		return p, err
	}
	p.stream.rows, p.stream.fingerprint = s.rows[data.Training], s.fingerprint(f.streaming.window)
	if p.stream.weighted {
		p.stream.scale = float64(p.stream.rows) / s.weight
	}
	f.remark("%s is streamed: %d rows to train on, preprocessing from %d of them; %d rows for validation and %d for test are held in memory\n",
		s.source, p.stream.rows, len(s.picked[data.Training].rows), len(s.picked[data.Validation].rows), len(s.picked[data.Test].rows))
	return p, f.readGiven(ctx, &p)
}

// surveyStream keeps the choice of rows apart from other uses of the seed.
const surveyStream = 0x737572766579 // "survey"

// nameColumns fills in the columns to model where none were named.
func (f *fit) nameColumns(ctx context.Context) error {
	if len(f.columns) > 0 {
		return nil
	}
	o, err := f.reading.options(f.options(ctx, f.queries.table, nil))
	if err != nil {
		return err
	}
	r, err := data.Open(f.table, o)
	if err != nil {
		return err
	}
	defer r.Close()
	return f.complete(data.SourceName(f.table), r.Columns())
}

// survey goes through the table.
func (f *fit) survey(ctx context.Context, s *survey) error {
	o, err := f.reading.options(f.options(ctx, f.queries.table, f.names()))
	if err != nil {
		return err
	}
	var numbers []int
	o.Given = func(row int) { numbers = append(numbers, row) }
	r, err := data.Open(f.table, o)
	if err != nil {
		return err
	}
	defer r.Close()
	m, rows := newMeter(f.environment, f.json, "reading "+s.source), 0
	defer m.end()
	for batch, err := range r.Batches(data.DefaultBatch) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		for i := range batch.Rows {
			if err := s.add(batch.Row(i), numbers[i]); err != nil {
				return err
			}
		}
		numbers = numbers[:0]
		rows += batch.Rows
		m.at(r, rows)
	}
	sayReport(f.remark, f.table, o.Report)
	return nil
}

// surveyed makes parts of what a survey has picked.
func (f *fit) surveyed(s *survey, p *parts) error {
	for _, side := range []struct {
		part data.Part
		name string
		need bool
	}{{data.Training, "training", true}, {data.Validation, "validation", f.val == ""}, {data.Test, "test", f.test == ""}} {
		if side.need && s.rows[side.part] == 0 {
			return fmt.Errorf("%w: %s: the table has too few rows for a part of them to be held out, there is none for %s; leave --stream out", fault.ErrData, s.source, side.name)
		}
	}
	if rows, columns := s.rows[data.Training], len(f.columns); rows < columns {
		return tooFewRows(s.source, rows, columns)
	}
	if s.weighted && (s.weight == 0 || math.IsInf(s.weight, 0)) {
		return fmt.Errorf("%w: %s, column %q: the weights of the training rows add up to %g; none of them would count", fault.ErrData, s.source, f.weights, s.weight)
	}
	outer, outerRows := s.extremes.found()
	for _, x := range []struct {
		values   []float64
		rows     []int
		to       *part
		weighted bool
	}{
		{s.picked[data.Training].values, s.picked[data.Training].rows, &p.train, false},
		{s.picked[data.Validation].values, s.picked[data.Validation].rows, &p.val, true},
		{s.picked[data.Test].values, s.picked[data.Test].rows, &p.test, true},
		{outer, outerRows, &p.extremes, false},
	} {
		if len(x.rows) == 0 {
			continue
		}
		t, err := s.table(x.values)
		if err != nil {
			return err
		}
		if x.weighted {
			*x.to, err = f.part(t, nil)
		} else {
			err = f.selectColumns(t, x.to)
		}
		if err != nil {
			return err
		}
		x.to.rows = x.rows
	}
	return nil
}

// trainer is how the model will be trained: from memory, or from the disk.
func (f *fit) trainer(m *model.Model, p parts) (func(ctx context.Context, validation train.Data[float32]) (train.Result, error), error) {
	if p.stream == nil {
		training, _, err := preprocessed(m, p.train)
		if err != nil {
			return nil, err
		}
		noise, err := newFreshNoise(m, p.train)
		if noise != nil && m.Noise == nil {
			training.Fresh = noise.fresh
		}
		return func(ctx context.Context, validation train.Data[float32]) (train.Result, error) {
			return f.maximize(ctx, m, training, validation)
		}, err
	}
	p.stream.model = m
	_, _, err := preprocessed(m, p.extremes) // a row that cannot be computed with is named now, with its number
	if err == nil {
		_, err = newFreshNoise(m, p.extremes)
	}
	return func(ctx context.Context, validation train.Data[float32]) (train.Result, error) {
		return f.maximizeFrom(ctx, m, p.stream, validation)
	}, err
}

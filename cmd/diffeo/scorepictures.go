package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"diffeo/data"
	"diffeo/internal/atomicfile"
	"diffeo/model"
)

// scoreTables are the options of score that models of pictures have no use for.
var scoreTables = []string{"query", "delimiter", "decimal-comma", "array", "missing", "quantile", "contamination", "by", "reference"}

// pictures scores every picture of a set.
func (s *score) pictures(ctx context.Context, m *model.Model, density *model.Density, flags *pflag.FlagSet) error {
	if err := onlyPictures(flags, scoreTables, s.model); err != nil {
		return err
	}
	if path := s.out.path; path != "" && !s.out.stream() && strings.ToLower(filepath.Ext(path)) != ".csv" || s.out.format != "" && s.out.format != "csv" {
		return usagef("--out %s: scores of pictures are written as CSV: give a name that ends in .csv", path)
	}
	if !flags.Changed("cell-points") {
		s.points = 1
	}
	s.images.like(m, s.table)
	r, err := s.images.open(s.table, s.images.labels)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	if err := fitsFormat(m, s.table, r.Format()); err != nil {
		return err
	}
	var t, bound tally
	work := func(w io.Writer) (err error) {
		t, bound, err = s.scoreBatches(ctx, m, density, r, w)
		return err
	}
	switch {
	case s.out.path == "":
		err = work(io.Discard)
	case s.out.stream():
		err = work(s.stdout)
	default:
		err = atomicfile.Write(s.out.path, work)
	}
	if err != nil {
		return err
	}
	s.images.say(s.say, s.table)
	if s.out.stream() {
		return nil
	}
	return s.reportPictures(m, t, bound)
}

// pictureBatch is the number of pictures that are scored at once.
const pictureBatch = 256

// scoreBatches writes a line of CSV for each picture.
func (s *score) scoreBatches(ctx context.Context, m *model.Model, density *model.Density, r *data.ImageReader, to io.Writer) (t, bound tally, err error) {
	w := csv.NewWriter(to)
	bar := newMeter(s.environment, s.json, "scoring "+data.SourceName(s.table))
	defer bar.end()
	done := 0
	for set, err := range r.Batches(ctx, pictureBatch) {
		if err != nil {
			return t, bound, err
		}
		classes, err := classesOf(m, set)
		if err != nil {
			return t, bound, err
		}
		n := set.Rows()
		logProbs, bounds := make([]float64, n), make([]float64, n)
		if err := density.LogProbCells(ctx, data.PixelMatrix[float64](set), model.Condition[float64](*m.Image, classes), s.points, logProbs, bounds); err != nil {
			return t, bound, err
		}
		t.add(logProbs)
		bound.add(bounds)
		if done == 0 {
			_ = w.Write(s.pictureHeader(set, classes != nil)) // an error stays until Flush
		}
		for i, l := range logProbs {
			line := []string{strconv.Itoa(done + i + 1)}
			if set.Paths != nil {
				line[0] = set.Paths[i]
			}
			if classes != nil {
				line = append(line, m.Image.Classes[classes[i]])
			}
			_ = w.Write(append(line, decimal(l), decimal(m.Image.BitsPerDim(l))))
		}
		done += n
	}
	w.Flush()
	return t, bound, errors.Join(w.Error(), ctx.Err())
}

func (s *score) pictureHeader(set data.Images, conditional bool) []string {
	first := "picture"
	if set.Paths != nil {
		first = "file"
	}
	header := []string{first}
	if conditional {
		header = append(header, "class")
	}
	return append(header, logProbColumn, "bits_per_dim")
}

func decimal(x float64) string { return strconv.FormatFloat(x, 'g', 10, 64) }

func (s *score) reportPictures(m *model.Model, t, bound tally) error {
	mean, lower := number(t.average()), number(bound.average())
	if s.json {
		return s.printJSON(struct {
			Rows      int      `json:"rows"`
			Mean      *float64 `json:"mean_log_prob"`
			TwoSE     *float64 `json:"mean_log_prob_2se"`
			Zero      int      `json:"zero_density_rows"`
			Bound     *float64 `json:"mean_log_prob_bound"`
			Bits      *float64 `json:"bits_per_dim"`
			BitsBound *float64 `json:"bits_per_dim_bound"`
		}{t.n + t.infinite, mean, number(t.twoSE()), t.infinite, lower, bitsPerDim(m, mean), bitsPerDim(m, lower)})
	}
	text := fmt.Sprintf("mean %s bits per dimension, %s ± %s nats a picture (2 standard errors), over %d pictures\n",
		nats(bitsPerDim(m, mean)), nats(mean), nats(number(t.twoSE())), t.n)
	if t.infinite > 0 {
		text += fmt.Sprintf("%d pictures have density 0 and are left out of the mean\n", t.infinite)
	}
	return s.print(text + fmt.Sprintf("probabilities of the pixels' whole numbers, estimated %s; upper bound %s bits per dimension\n",
		s.pointsOf(m), nats(bitsPerDim(m, lower))))
}

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"github.com/spf13/pflag"

	"diffeo/check"
	"diffeo/data"
	"diffeo/model"
	"diffeo/report"
)

// pictureCheckHelp is a part of the command's help.
const pictureCheckHelp = `Of a model of pictures, at PICTURES that it was not trained on (--rows, by default 1000 of them at most):

  round trip       as above; errors of pixels are parts of their range
  log-dets of both ways  do the log-determinants there and back cancel
  log-det          as above, at parts of pictures of some hundred numbers, by a flow of that size with the same weights
  finite scores    as above
  bits per dimension  are they less than those of a uniform density, and about those of the fit's test pictures
  latents          are the base coordinates of each scale (1 is the coarsest) distributed as the base says`

// mostChecked is the default of --rows for pictures.
const mostChecked = 1000

// checkTables are the options of check that models of pictures have no use for.
var checkTables = []string{"query", "delimiter", "decimal-comma", "array", "missing", "draws"}

// pictures checks a model of pictures.
func (k *checking) pictures(ctx context.Context, m *model.Model, flags *pflag.FlagSet) error {
	if err := onlyPictures(flags, checkTables, k.model); err != nil {
		return err
	}
	if !flags.Changed("rows") {
		k.rows = mostChecked
	}
	if k.table == "" && len(m.Image.Classes) > 0 {
		return usagef("%s is conditioned on the class of a picture (%s): give PICTURES with their classes", k.model, fewNames(m.Image.Classes))
	}
	rows, total, err := k.readPictures(ctx, m)
	if err != nil {
		return err
	}
	found, err := check.Pictures(ctx, m, rows, k.o)
	if err != nil {
		return err
	}
	return k.conclude(ctx, report.Input{Model: m, Rows: rows, Total: total, Report: found})
}

// readPictures reads the pictures to look at, and counts those of the set.
func (k *checking) readPictures(ctx context.Context, m *model.Model) (rows check.Rows, total int, err error) {
	if k.table == "" {
		return rows, 0, nil
	}
	k.images.like(m, k.table)
	set, err := k.images.read(ctx, k.table, k.images.labels)
	if err != nil {
		return rows, 0, err
	}
	k.images.say(k.say, k.table)
	if err := fitsFormat(m, k.table, set.ImageFormat); err != nil {
		return rows, 0, err
	}
	if total = set.Rows(); total == 0 {
		return rows, 0, fmt.Errorf("%s: there are no pictures", filepath.Base(k.table))
	}
	if total > k.rows {
		chosen := rand.New(rand.NewPCG(k.o.Seed, 0)).Perm(total)[:k.rows]
		slices.Sort(chosen)
		if set, err = set.Select(chosen); err != nil {
			return rows, 0, err
		}
	}
	classes, err := classesOf(m, set)
	if err != nil {
		return rows, 0, err
	}
	return check.Rows{X: data.PixelMatrix[float64](set), Cond: model.Condition[float64](*m.Image, classes)}, total, nil
}

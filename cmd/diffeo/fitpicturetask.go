package main

import (
	"context"
	"errors"
	"fmt"

	"diffeo"
	"diffeo/data"
	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/model"
	"diffeo/train"
)

// mostHeldPictures bounds the pictures that are held out for validation and for test: they are scored often, and their mean is known well enough.
const mostHeldPictures = 2000

// picturePart is pictures for one purpose.
type picturePart struct {
	set     data.Images
	rows    []int // of the set
	classes []int // of all of the set, as the model numbers them; nil: no condition
	file    uint32
}

// pictureTask reads the pictures and makes a model of them.
func (f *fit) pictureTask(ctx context.Context) (_ task, err error) {
	p := &f.pictures
	var sets pictureSets
	defer func() {
		if err != nil {
			sets.close()
		}
	}()
	set, err := f.spool(ctx, &sets, f.table, p.labels)
	if err != nil {
		return task{}, f.hintTable(err)
	}
	c := model.Image{Channels: set.Channels, Height: set.Height, Width: set.Width, Levels: 256, Resized: p.o.Height > 0}
	if p.conditional {
		if c.Classes = set.ClassNames; set.Classes == nil {
			return task{}, usagef("--conditional: %s says no classes of its pictures: give them by --labels FILE", f.table)
		}
	}
	m, err := model.NewImages(f.recipe, f.config, c, model.Float32, f.seed)
	if err != nil {
		return task{}, f.hintSides(err, set.ImageFormat)
	}
	if err := f.learnNoise(m); err != nil {
		return task{}, err
	}
	parts, err := f.splitPictures(ctx, m, set, &sets)
	if err != nil {
		return task{}, err
	}
	source := &pictureSource{set: set, rows: parts[data.Training].rows, classes: parts[data.Training].classes, seed: f.seed, flips: p.flips, plain: m.Noise != nil}
	validation := train.Data[float32]{}
	validation.X, validation.Cond = parts[data.Validation].dequantized(m)
	return task{
		model: m, units: units{dims: m.Image.Format().Size()}, close: sets.close,
		train: func(ctx context.Context) (train.Result, error) {
			return f.maximizeFrom(ctx, m, source, validation)
		},
		summarize: func(ctx context.Context, r train.Result) (summary, error) {
			return f.summarizePictures(ctx, m, parts, r)
		},
	}, nil
}

// splitPictures divides the set, and reads those of --val and --test into sets.
func (f *fit) splitPictures(ctx context.Context, m *model.Model, set data.Images, sets *pictureSets) (parts [3]picturePart, err error) {
	share := min(0.1, mostHeldPictures/float64(max(1, set.Rows())))
	heldOut := map[bool]float64{false: share} // by whether a set was given
	var rows [3][]int
	rows[data.Training], rows[data.Validation], rows[data.Test], err = data.Split(set.Rows(), f.seed, heldOut[f.test != ""], heldOut[f.val != ""])
	if err != nil {
		return parts, fmt.Errorf("%s: %w", f.table, err)
	}
	classes, err := classesOf(m, set)
	if err != nil {
		return parts, err
	}
	for i := range parts {
		parts[i] = picturePart{set: set, rows: rows[i], classes: classes}
	}
	for _, given := range []struct {
		path, labels string
		part         data.Part
	}{{f.val, f.pictures.valLabels, data.Validation}, {f.test, f.pictures.testLabels, data.Test}} {
		if given.path == "" {
			continue
		}
		other, err := f.spool(ctx, sets, given.path, given.labels)
		if err != nil {
			return parts, err
		}
		if err := fitsFormat(m, given.path, other.ImageFormat); err != nil {
			return parts, err
		}
		part := picturePart{set: other, rows: make([]int, other.Rows()), file: uint32(given.part)}
		for i := range part.rows {
			part.rows[i] = i
		}
		if part.classes, err = classesOf(m, other); err != nil {
			return parts, err
		}
		parts[given.part] = part
	}
	return parts, nil
}

// dequantized are the pictures of a part, with the noise of pass 0, or where it is learned without any, and their condition.
func (p picturePart) dequantized(m *model.Model) (x, cond matrix.Matrix[float32]) {
	x = matrix.New[float32](len(p.rows), p.set.Size())
	if m.Noise != nil {
		data.DequantizePixels(p.set, p.rows, noNoise, x)
	} else {
		dequantize(p.set, p.rows, m.Seed, p.file, 0, x)
	}
	if p.classes != nil {
		cond = matrix.New[float32](len(p.rows), len(m.Context))
		oneHot(p.classes, p.rows, cond)
	}
	return x, cond
}

// summarizePictures scores the test pictures at one point of their cells each, so that the mean is the bound that dequantization gives.
func (f *fit) summarizePictures(ctx context.Context, m *model.Model, parts [3]picturePart, r train.Result) (summary, error) {
	test := parts[data.Test]
	x, cond := test.dequantized(m)
	out := make([]float64, x.Rows)
	if err := f.scoreOnce(ctx, m, x, cond, out); err != nil {
		return summary{}, err
	}
	s := f.conclude(m, r, out, nil, [3]int{len(parts[data.Training].rows), len(parts[data.Validation].rows), len(out)}, 0)
	s.ValBits, s.TestBits = bitsPerDim(m, s.Val), bitsPerDim(m, s.Test)
	return s, nil
}

// scoreOnce scores pictures with their noise, or where that is learned with one draw of it.
func (f *fit) scoreOnce(ctx context.Context, m *model.Model, x, cond matrix.Matrix[float32], out []float64) error {
	if m.Noise != nil {
		return boundOf(ctx, m, f.train.Threads, x, cond, out)
	}
	compiled, err := diffeo.Compile[float32](m.Flow, m.Params, diffeo.Options{Threads: f.train.Threads})
	if err != nil {
		return err
	}
	single := make([]float32, x.Rows)
	if err := compiled.LogProb(ctx, x, cond, single); err != nil {
		return err
	}
	for i, l := range single {
		out[i] = float64(l)
	}
	return nil
}

// hintTable says what to do where pictures were wanted and something else was given.
func (f *fit) hintTable(err error) error {
	if !errors.Is(err, fault.ErrData) {
		return err
	}
	if r, e := data.Open(f.table, data.Options{}); e == nil {
		defer func() { _ = r.Close() }()
		return fmt.Errorf("%w\nIt is a table, and %s is a recipe of pictures: leave --recipe out, or give one of tables", err, f.recipe)
	}
	return err
}

// hintSides says what to do about pictures that cannot be halved so often.
func (f *fit) hintSides(err error, is data.ImageFormat) error {
	c := f.config
	most := 0
	for is.Height%(2<<most) == 0 && is.Width%(2<<most) == 0 {
		most++
	}
	if most >= c.Levels {
		return err
	}
	up := func(n int) int { k := 1 << c.Levels; return (n + k - 1) / k * k }
	remedy := fmt.Sprintf("give --resize %d,%d for a folder of pictures", up(is.Height), up(is.Width))
	if most > 0 {
		remedy = fmt.Sprintf("give --levels %d, or %s", most, remedy[len("give "):])
	}
	return fmt.Errorf("%w: pictures of %d×%d pixels cannot be halved %d times, as %s with --levels %d does: %s",
		fault.ErrConfig, is.Height, is.Width, c.Levels, f.recipe, c.Levels, remedy)
}

// Command digits learns the density of handwritten digits with a flow of images, glow (arXiv 1807.03039), and draws new ones:
//
//	go run ./examples/digits -images train-images-idx3-ubyte.gz -labels train-labels-idx1-ubyte.gz
//
// The first 50,000 pictures of MNIST's training file are learned and the last 10,000 held out. Pixels are whole numbers: every step adds noise from 0 to 1 to them,
// uniform or, with -dequantize variational, of a second flow that sees the picture and learns where in a pixel's cell the first one wants its points (arXiv 1902.00275).
// Either gives an upper bound of the bits per dimension of the whole numbers; -draws of the noise make it tighter. With -labels the flow is one under a condition, the digit, and
// each column of the grid that it draws is a digit.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"time"

	"diffeo"
	"diffeo/data"
	"diffeo/dequant"
	"diffeo/matrix"
	"diffeo/recipe"
	"diffeo/train"
)

// options are those of the command line.
type options struct {
	images, labels, grid  string
	held                  int // pictures at the end that are not learned
	levels, steps, hidden int // of the flow
	dequantize            string
	draws                 int    // of the noise when held-out pictures are rated
	bits                  string // where the outcome goes
	train, batch          int    // steps of training, pictures of each
	rate, temperature     float64
	seed                  uint64
	threads               int
}

func main() {
	var o options
	flag.StringVar(&o.images, "images", "", "IDX file of grey pictures")
	flag.StringVar(&o.labels, "labels", "", "IDX file of their classes; without it there is no condition")
	flag.StringVar(&o.grid, "grid", "digits.png", "where the drawn digits go")
	flag.IntVar(&o.held, "held", 10_000, "pictures at the end that are held out")
	flag.IntVar(&o.levels, "levels", 2, "scales of the flow")
	flag.IntVar(&o.steps, "steps", 4, "steps of the flow on each scale")
	flag.IntVar(&o.hidden, "hidden", 64, "channels of its networks")
	flag.IntVar(&o.train, "train", 2000, "steps of training")
	flag.IntVar(&o.batch, "batch", 64, "pictures of a step")
	flag.Float64Var(&o.rate, "rate", 1e-3, "learning rate")
	flag.Float64Var(&o.temperature, "temperature", 0.7, "factor on the deviations of the base when digits are drawn")
	flag.StringVar(&o.dequantize, "dequantize", uniform, "noise of the pixels: uniform or variational")
	flag.IntVar(&o.draws, "draws", 16, "draws of the noise for the bound of the bits per dimension")
	flag.StringVar(&o.bits, "bits", "", "CSV file for the bits per dimension of each picture that is held out; none without it")
	flag.Uint64Var(&o.seed, "seed", 1, "seed")
	flag.IntVar(&o.threads, "threads", 0, "threads; 0: all processors")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "digits: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, out io.Writer) error {
	if o.images == "" {
		return errors.New("-images: which pictures? give an IDX file, MNIST's train-images-idx3-ubyte.gz say")
	}
	set, err := data.ReadImages(ctx, o.images, data.ImageOptions{Labels: o.labels})
	if err != nil {
		return err
	}
	if set.Channels != 1 {
		return fmt.Errorf("%s: pictures of %v: digits are grey", o.images, set.ImageFormat)
	}
	if o.held < 1 || o.held >= set.Rows() {
		return fmt.Errorf("-held: %d of %d pictures; hold out some, and not all", o.held, set.Rows())
	}
	c := recipe.Config{Image: []int{set.Channels, set.Height, set.Width}, Levels: o.levels, Transforms: o.steps, Hidden: []int{o.hidden},
		Context: len(set.ClassNames), Pixels: recipe.CenteredPixels, Seed: o.seed}
	flow, err := recipe.Glow(c)
	if err != nil {
		return err
	}
	drawn, err := tempered(flow, o.temperature) // before a long training, not after
	if err != nil {
		return err
	}
	m := dequant.Model{Density: flow}
	if m.Noise, err = o.noise(c.Image); err != nil {
		return err
	}
	params, err := m.Init(o.seed)
	if err != nil {
		return err
	}
	learned, held := dealt(set, 0, set.Rows()-o.held), dealt(set, set.Rows()-o.held, set.Rows())
	dims := float64(set.Size()) * math.Ln2
	_, _ = fmt.Fprintf(out, "%d pictures of %v, %d parameters\n", set.Rows(), set.ImageFormat, params.Count())
	begin := time.Now()
	config := train.Config{Steps: o.train, Batch: o.batch, Rate: o.rate, Warmup: o.train / 20, ValidateEvery: max(1, o.train/10), Patience: -1, Seed: o.seed, Threads: o.threads,
		Progress: func(p train.Progress) {
			if p.Validated {
				_, _ = fmt.Fprintf(out, "step %5d: %.3f bits per dimension held out, %.0f s\n", p.Step, -p.Validation/dims, time.Since(begin).Seconds())
			}
		}}
	result, err := dequant.Fit(ctx, m, params, learned, held, dequant.Config{Train: config})
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "kept step %d: %.3f bits per dimension held out\n", result.BestStep, -result.Validation/dims)
	if err := rate(ctx, o, m, params, held, out); err != nil {
		return err
	}
	return draw(ctx, o, drawn, params, set, out)
}

// dealt is the pixels from … to beside their classes as ones among zeros.
func dealt(set data.Images, from, to int) train.Data[float32] {
	d := train.Data[float32]{X: matrix.New[float32](to-from, set.Size())}
	for r := range d.X.Rows {
		for k, v := range set.Row(from + r) {
			d.X.Row(r)[k] = float32(v)
		}
	}
	if set.Classes != nil {
		d.Cond = matrix.New[float32](to-from, len(set.ClassNames))
		for i, class := range set.Classes[from:to] {
			d.Cond.Row(i)[class] = 1
		}
	}
	return d
}

// draw writes a grid of eight rows of drawn digits, one class in each column where there are classes.
func draw(ctx context.Context, o options, flow diffeo.Flow, params *diffeo.Params, set data.Images, out io.Writer) error {
	const rows = 8
	columns := max(10, len(set.ClassNames))
	compiled, err := diffeo.Compile[float32](flow, params, diffeo.Options{Threads: o.threads})
	if err != nil {
		return err
	}
	x := matrix.New[float32](rows*columns, set.Size())
	var cond matrix.Matrix[float32]
	if n := len(set.ClassNames); n > 0 {
		cond = matrix.New[float32](x.Rows, n)
		for r := range x.Rows {
			cond.Row(r)[r%columns%n] = 1
		}
	}
	if err := compiled.Sample(ctx, diffeo.Draw{Seed: o.seed}, cond, x); err != nil {
		return err
	}
	if err := writeGrid(o.grid, x, set.ImageFormat, columns); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "%d digits drawn at temperature %g: %s\n", x.Rows, o.temperature, o.grid)
	return nil
}

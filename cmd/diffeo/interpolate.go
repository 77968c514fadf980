package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"diffeo/data"
	"diffeo/matrix"
	"diffeo/model"
)

const interpolateHelp = `Draw the pictures between two, A and B: their latents, which is what the flow makes of them, are joined by a line, and the points on it are taken back to
pixels (Glow, arXiv 1807.03039, section 5). The strip begins with A and ends with B.

A and B are PNG or JPEG files, or pictures of a larger set: train-images-idx3-ubyte.gz#17 is the 17th of that file. They have the size that the model was
fitted to, or are resized as its pictures were.

--spherical goes along the arc of a circle instead of the line, so that points between have the length that latents of a normal base have; the line passes nearer
to its centre, where pictures are plainer.

A model with classes needs --class, which both pictures and all between them are taken to be of.`

type interpolation struct {
	*environment
	model, out, class string
	steps             int
	spherical         bool
	threads           int
}

func newInterpolate(e *environment) *cobra.Command {
	p := &interpolation{environment: e}
	c := &cobra.Command{
		Use:   "interpolate MODEL A B --out FILE.png",
		Short: "draw the pictures between two",
		Long:  interpolateHelp,
		Args:  cobra.ExactArgs(3),
		RunE: func(c *cobra.Command, args []string) error {
			p.model = args[0]
			return p.run(c.Context(), args[1], args[2])
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.IntVar(&p.steps, "steps", 8, "pictures of the strip, A and B among them")
	flags.BoolVar(&p.spherical, "spherical", false, "along an arc instead of a line")
	flags.StringVar(&p.class, "class", "", "class of the pictures")
	flags.StringVar(&p.out, "out", "", "PNG file to write")
	flags.IntVar(&p.threads, "threads", 0, "processors to use (default: all); results do not depend on it")
	_ = c.MarkFlagRequired("out") // the flag is defined above
	return c
}

func (p *interpolation) run(ctx context.Context, a, b string) error {
	switch {
	case p.steps < 2 || p.steps > mostGrid:
		return usagef("--steps %d: give a number from 2 to %d: A and B are among the pictures", p.steps, mostGrid)
	case strings.ToLower(filepath.Ext(p.out)) != ".png":
		return usagef("--out %s: give a name that ends in .png", p.out)
	}
	m, err := model.Load(p.model)
	if err != nil {
		return err
	}
	if err := ofPictures(m, p.model, "interpolate"); err != nil {
		return err
	}
	class, err := p.number(m)
	if err != nil {
		return err
	}
	if err := model.CanSave(p.out); err != nil {
		return err
	}
	ends := matrix.New[float32](2, len(m.Columns))
	for i, path := range []string{a, b} {
		one, err := onePicture(ctx, m, path)
		if err != nil {
			return err
		}
		copy(ends.Row(i), middles(one).Row(0))
	}
	flow, err := newPictureFlow(m, 1, p.threads)
	if err != nil {
		return err
	}
	u, err := flow.latents(ctx, ends, model.Condition[float32](*m.Image, []int{class, class}))
	if err != nil {
		return err
	}
	between := between(u.Row(0), u.Row(1), p.steps, p.spherical)
	classes := make([]int, p.steps)
	for i := range classes {
		classes[i] = class
	}
	x, err := flow.pixels(ctx, between, model.Condition[float32](*m.Image, classes))
	if err != nil {
		return err
	}
	if err := savePNG(p.out, data.ImagesOf(m.Image.Format(), x), p.steps, gridGap); err != nil {
		return err
	}
	return p.print(fmt.Sprintf("%d pictures between %s and %s: %s\n", p.steps, filepath.Base(a), filepath.Base(b), p.out))
}

// number is that of --class.
func (p *interpolation) number(m *model.Model) (int, error) {
	if p.class == "" && len(m.Image.Classes) == 0 {
		return 0, nil
	}
	if p.class == "" {
		return 0, usagef("%s is conditioned on the class of a picture: give it by --class, one of %s", p.model, fewNames(m.Image.Classes))
	}
	return classNumber(m, p.model, p.class)
}

// onePicture reads one: a file of one, or SET#N, the N-th of a set, from 1.
func onePicture(ctx context.Context, m *model.Model, path string) (data.Images, error) {
	var p pictureFlags
	p.like(m, path)
	o, n := p.o, 0
	if _, err := os.Stat(path); err != nil {
		if name, number, ok := strings.Cut(path, "#"); ok {
			if n, err = strconv.Atoi(number); err != nil || n < 1 {
				return data.Images{}, usagef("%s: after # comes the number of a picture, from 1", path)
			}
			path = name
			o.Keep = func(row int) bool { return row == n-1 }
		}
	}
	set, err := data.ReadImages(ctx, path, o)
	if err != nil {
		return set, err
	}
	if set.Rows() != 1 {
		return set, usagef("%s holds %d pictures: say which by its number, as in %s#1", path, set.Rows(), path)
	}
	return set, fitsFormat(m, path, set.ImageFormat)
}

// between are points from a to b, both among them: on the line, or on an arc about 0 whose length changes evenly with the angle,
//
//	(sin((1−t)ω)·a + sin(tω)·b)/sin ω,  ω the angle between a and b
func between(a, b []float32, n int, spherical bool) matrix.Matrix[float32] {
	angle := 0.0
	if spherical {
		var ab, aa, bb float64
		for i := range a {
			ab += float64(a[i]) * float64(b[i])
			aa += float64(a[i]) * float64(a[i])
			bb += float64(b[i]) * float64(b[i])
		}
		if length := math.Sqrt(aa * bb); length > 0 {
			angle = math.Acos(min(max(ab/length, -1), 1))
		}
	}
	out := matrix.New[float32](n, len(a))
	for k := range n {
		t := float64(k) / float64(n-1)
		left, right := 1-t, t
		if s := math.Sin(angle); s > 1e-6 { // else they lie on one line through 0
			left, right = math.Sin((1-t)*angle)/s, math.Sin(t*angle)/s
		}
		for i := range a {
			out.Row(k)[i] = float32(left*float64(a[i]) + right*float64(b[i]))
		}
	}
	return out
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"diffeo/data"
	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/model"
	"diffeo/plot"
	"diffeo/recipe"
)

// The kinds of pictures of models of pictures, beside that of the training.
const (
	samplesKind         = "samples"
	latentsKind         = "latents"
	reconstructionsKind = "reconstructions"
)

var pictureKinds = []string{samplesKind, latentsKind, reconstructionsKind}

const pictureKindsHelp = `Of a model of pictures, into a .png file; PICTURES stand in the place of TABLE:

  samples          draws in a grid, --grid lines × columns, at --temperature; each column a class, or --class
  latents          in each line a draw, or one of PICTURES, and then what becomes of it if only the latents of the coarsest scales are kept and the others are drawn
                   anew at --temperature (0: they are the base's centre)
  reconstructions  PICTURES, and below each line what comes back of them from data to base to data; the largest difference is printed
  training         as above`

// picturePlot is the options of plot for models of pictures.
type picturePlot struct {
	images      pictureFlags
	grid, class string
	temperature float64
}

// picturePlotFlags are their names, but for those of reading pictures.
var picturePlotFlags = []string{"grid", "class", "temperature"}

func (p *picturePlot) flags(flags *pflag.FlagSet) {
	flags.StringVar(&p.grid, "grid", "8x8", "pictures: lines and columns; of latents the lines count")
	flags.StringVar(&p.class, "class", "", "pictures: class of those that are drawn (default: all in turn)")
	flags.Float64Var(&p.temperature, "temperature", 1, "pictures: factor on the deviations of the base density; of latents 0 too")
	p.images.flags(flags)
}

// plotTables are the options of plot that models of pictures have no use for.
var plotTables = []string{"columns", "label", "given", "query", "delimiter", "decimal-comma", "array", "missing", "rows", "n", "equal", "width", "scale", "title"}

// gallery draws a picture of a model of pictures: a grid of its own.
type gallery struct {
	*plotting
	m              *model.Model
	lines, columns int
}

// gallery draws one of the pictureKinds.
func (p *plotting) gallery(ctx context.Context, m *model.Model, flags *pflag.FlagSet) error {
	if p.kind == "" {
		p.kind = samplesKind
	}
	if !slices.Contains(pictureKinds, p.kind) {
		return usagef("--kind %s is for models of tables, and %s is one of pictures: choose one of %s, %s", p.kind, p.model, strings.Join(pictureKinds, ", "), trainingKind)
	}
	err := onlyPictures(flags, plotTables, p.model)
	if err != nil {
		return err
	}
	g := gallery{plotting: p, m: m}
	if g.lines, g.columns, err = parseGrid(p.picture.grid); err != nil {
		return err
	}
	if t := p.picture.temperature; !(t > 0 || t == 0 && p.kind == latentsKind) || math.IsInf(t, 1) {
		return usagef("--temperature %g: give a number above 0; 1 draws from the model as it is", t)
	}
	p.defaultOut()
	if strings.ToLower(filepath.Ext(p.out)) != ".png" {
		return usagef("--out %s: pictures of --kind %s are written as PNG: give a name that ends in .png", p.out, p.kind)
	}
	if err := model.CanSave(p.out); err != nil {
		return err
	}
	p.picture.images.like(m, p.table)
	draw := map[string]func(context.Context) (data.Images, int, string, error){
		samplesKind: g.samples, latentsKind: g.latents, reconstructionsKind: g.reconstructions,
	}[p.kind]
	set, columns, what, err := draw(ctx)
	if err != nil {
		return err
	}
	if err := savePNG(p.out, set, columns, gridGap); err != nil {
		return err
	}
	return p.print(fmt.Sprintf("%s written: %s\n", p.out, what))
}

// temperature is that of the draws. At 0 they are as near to the centre as float32 can tell.
func (g gallery) temperature() float64 { return max(g.picture.temperature, 1e-6) }

func (g gallery) samples(ctx context.Context) (set data.Images, columns int, what string, err error) {
	if g.table != "" {
		return set, 0, "", usagef("--kind %s are draws: it takes no %s", samplesKind, g.table)
	}
	x, _, err := g.drawn(ctx, g.lines*g.columns, g.seed)
	return data.ImagesOf(g.m.Image.Format(), x), g.columns, fmt.Sprintf("%d draws at temperature %g", x.Rows, g.picture.temperature), err
}

// drawn are pixels of n draws, and their condition.
func (g gallery) drawn(ctx context.Context, n int, seed uint64) (x, cond matrix.Matrix[float32], err error) {
	classes, err := drawnClasses(g.m, g.model, g.picture.class, 0, n)
	if err != nil {
		return x, cond, err
	}
	flow, err := newPictureFlow(g.m, g.temperature(), g.threads)
	if err != nil {
		return x, cond, err
	}
	cond = model.Condition[float32](*g.m.Image, classes)
	x, err = flow.draws(ctx, n, seed, cond)
	return x, cond, err
}

// seen are the first pictures of PICTURES, n at most, and their condition.
func (g gallery) seen(ctx context.Context, n int) (set data.Images, cond matrix.Matrix[float32], err error) {
	images := g.picture.images
	if g.picture.class != "" {
		return set, cond, usagef("--class is for draws: the classes of pictures are those of --labels")
	}
	images.o.Keep = func(row int) bool { return row < n }
	if set, err = images.read(ctx, g.table, images.labels); err != nil {
		return set, cond, err
	}
	images.say(g.say, g.table)
	if err := fitsFormat(g.m, g.table, set.ImageFormat); err != nil {
		return set, cond, err
	}
	classes, err := classesOf(g.m, set)
	return set, model.Condition[float32](*g.m.Image, classes), err
}

// latents keeps the coarsest scales of pictures.
func (g gallery) latents(ctx context.Context) (set data.Images, columns int, what string, err error) {
	scales, err := scalesOf(g.m)
	if err != nil {
		return set, 0, "", err
	}
	var x, cond matrix.Matrix[float32]
	what = "draws"
	if g.table == "" {
		x, cond, err = g.drawn(ctx, g.lines, g.seed)
	} else {
		var seen data.Images
		if seen, cond, err = g.seen(ctx, g.lines); err == nil {
			x, what = middles(seen), "pictures"
		}
	}
	if err != nil {
		return set, 0, "", err
	}
	flow, err := newPictureFlow(g.m, g.temperature(), g.threads)
	if err != nil {
		return set, 0, "", err
	}
	u, err := flow.latents(ctx, x, cond)
	if err != nil {
		return set, 0, "", err
	}
	anew, err := flow.draws(ctx, x.Rows, g.seed+1, cond)
	if err != nil {
		return set, 0, "", err
	}
	other, err := flow.latents(ctx, anew, cond)
	if err != nil {
		return set, 0, "", err
	}
	shown := []matrix.Matrix[float32]{x}
	var kept []string
	for k := 1; k < scales; k++ {
		n := u.Cols >> k // the numbers of the coarsest scales − k scales, which come first
		for r := range u.Rows {
			copy(u.Row(r)[n:], other.Row(r)[n:])
		}
		back, err := flow.pixels(ctx, u, cond)
		if err != nil {
			return set, 0, "", err
		}
		shown, kept = append(shown, back), append(kept, fmt.Sprint(n))
	}
	beside := matrix.New[float32](x.Rows*scales, x.Cols)
	for r := range beside.Rows {
		copy(beside.Row(r), shown[r%scales].Row(r/scales))
	}
	return data.ImagesOf(g.m.Image.Format(), beside), scales, fmt.Sprintf("%d %s, and with %s of the %d latents kept, the others at temperature %g",
		x.Rows, what, strings.Join(kept, ", "), u.Cols, g.picture.temperature), nil
}

// scalesOf is the number of scales of a model's flow, of which there are two at least.
func scalesOf(m *model.Model) (int, error) {
	var c recipe.Config
	if err := json.Unmarshal(m.Config, &c); err != nil || !slices.Contains(recipe.ImageNames(), m.Recipe) {
		return 0, fmt.Errorf("%w: the recipe %s has no scales that are known", fault.ErrConfig, m.Recipe)
	}
	if c.Levels == 0 {
		c.Levels = 3
	}
	if c.Levels == 1 {
		return 0, usagef("--kind %s: the flow has one scale, so that there is nothing to keep: fit with --levels 2 or more", latentsKind)
	}
	return c.Levels, nil
}

// reconstructions takes pictures to the base and back.
func (g gallery) reconstructions(ctx context.Context) (set data.Images, columns int, what string, err error) {
	if g.table == "" {
		return set, 0, "", usagef("--kind %s needs PICTURES: give them after the model", reconstructionsKind)
	}
	seen, cond, err := g.seen(ctx, g.lines*g.columns)
	if err != nil {
		return set, 0, "", err
	}
	x := middles(seen)
	flow, err := newPictureFlow(g.m, 1, g.threads)
	if err != nil {
		return set, 0, "", err
	}
	u, err := flow.latents(ctx, x, cond)
	if err != nil {
		return set, 0, "", err
	}
	back, err := flow.pixels(ctx, u, cond)
	if err != nil {
		return set, 0, "", err
	}
	largest := 0.0
	for i, v := range back.Data {
		largest = max(largest, math.Abs(float64(v-x.Data[i]))) // NaN stays
	}
	columns = min(g.columns, seen.Rows())
	set = alternating(seen, data.ImagesOf(seen.ImageFormat, back), columns)
	return set, columns, fmt.Sprintf("%s pictures of %s and what comes back of them from the base; the largest difference is %.2g of a level of a pixel, of 256",
		plot.Count(seen.Rows()), filepath.Base(g.table), largest), nil
}

// alternating puts lines of two sets of one size below each other. A line that is not full is filled up with black.
func alternating(a, b data.Images, columns int) data.Images {
	out := data.Images{ImageFormat: a.ImageFormat}
	for from := 0; from < a.Rows(); from += columns {
		to := min(from+columns, a.Rows())
		for _, set := range []data.Images{a, b} {
			out.Pixels = append(out.Pixels, set.Pixels[from*set.Size():to*set.Size()]...)
			out.Pixels = append(out.Pixels, make([]uint8, (columns-(to-from))*set.Size())...)
		}
	}
	return out
}

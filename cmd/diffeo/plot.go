package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"diffeo"
	"diffeo/data"
	"diffeo/model"
	"diffeo/plot"
)

const plotHelp = `Draw a picture of MODEL into a file that ends in .png or .svg.

  corner       every column and every pair: the rows of TABLE against draws, with contours around 50 % and 90 % of each
  density      the density of one column as a curve, or of two in colours, with contours around 50 %, 90 % and 99 % and the rows of TABLE
  layers       what each layer of the flow does to a grid of its base, in the flow's own units
  training     how the log-densities of training and validation went
  calibration  ranks of the rows of TABLE among draws, and how many of the rows lie in regions of given probability

` + pictureKindsHelp + `

Without --kind it is samples for a model of pictures, corner for a model of more than one column, and else density.

--columns chooses columns: up to 8 of a corner plot, one or two of a density, two for layers; without it the first ones are taken. In a corner plot of a model with
context its columns come after the others. Where density shows all columns of a model, it is the model's own, computed on a grid; else, and with columns of whole
numbers, it is estimated from draws. A model with context needs --given FILE, a table with the context columns, or a TABLE that has them too: density of one column
draws a curve for each of the first 6 rows, density of two and layers take the first row, corner draws under each row.

docs/plot.md shows the pictures and says how to read them.

` + tableHelp + `

` + databaseHelp

// The kinds of pictures.
const (
	cornerKind      = "corner"
	densityKind     = "density"
	layersKind      = "layers"
	trainingKind    = "training"
	calibrationKind = "calibration"
)

var plotKinds = []string{cornerKind, densityKind, layersKind, trainingKind, calibrationKind}

type plotting struct {
	someRows
	model, kind, out, given string
	seed                    uint64
	columns, labels         []string
	n, threads              int
	scale                   float64
	equal                   bool
	o                       plot.Options
	label                   map[string]string // of columns
	picture                 picturePlot
}

func newPlot(e *environment) *cobra.Command {
	p := &plotting{someRows: someRows{environment: e}}
	c := &cobra.Command{
		Use:   "plot MODEL [TABLE | PICTURES]",
		Short: "draw pictures of a model",
		Long:  plotHelp,
		Args:  cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			p.model = args[0]
			if len(args) > 1 {
				p.table = args[1]
			}
			return p.run(c.Context(), c.Flags())
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&p.kind, "kind", "", "picture: "+strings.Join(plotKinds, ", ")+"; of a model of pictures "+strings.Join(pictureKinds, ", "))
	flags.StringVar(&p.out, "out", "", "file to write, .png or .svg (default: MODEL's name with the kind, .png, in this folder)")
	flags.StringSliceVar(&p.columns, "columns", nil, "columns to show")
	flags.StringArrayVar(&p.labels, "label", nil, "what is written for a column, as in --label 'z=redshift z'; may be given again")
	flags.StringVar(&p.given, "given", "", "table with the context columns")
	flags.StringVar(&p.query, "query", "", "SELECT whose rows are those of TABLE, or of --given, where that is the address of a database (postgres://…)")
	p.reading.flags(flags)
	flags.IntVar(&p.rows, "rows", 100000, "rows of TABLE to take at most; of more, so many are chosen at random")
	flags.IntVarP(&p.n, "n", "n", 20000, "draws to show, or to estimate a density from")
	flags.Uint64Var(&p.seed, "seed", 0, "of the draws, and of the rows that are chosen")
	flags.BoolVar(&p.equal, "equal", false, "density of two columns: a unit is as long on both axes")
	flags.IntVar(&p.o.Width, "width", plot.DefaultWidth, "of the picture in pixels, 400 to 4000; labels keep their size")
	flags.Float64Var(&p.scale, "scale", plot.DefaultScale, "pixels of a .png file for each of the picture's: 2 is for dense screens and print")
	flags.StringVar(&p.o.Title, "title", "", "text above the picture")
	p.picture.flags(flags)
	flags.IntVar(&p.threads, "threads", 0, "processors to use (default: all); results do not depend on it")
	return c
}

// check reports options that are wrong whatever is in the files.
func (p *plotting) check(flags *pflag.FlagSet) error {
	if p.kind != "" && !slices.Contains(slices.Concat(plotKinds, pictureKinds), p.kind) {
		return usagef("--kind %q: choose one of %s; of a model of pictures %s", p.kind, strings.Join(plotKinds, ", "), strings.Join(pictureKinds, ", "))
	}
	for _, f := range []struct {
		name         string
		value, least int
	}{{"rows", p.rows, 1}, {"n", p.n, 100}} {
		if f.value < f.least {
			return usagef("--%s %d: give a number from %d on", f.name, f.value, f.least)
		}
	}
	if p.table != "" && p.given != "" {
		return usagef("give a TABLE or --given, not both: the context is read from the TABLE")
	}
	if p.table == "" && p.given == "" {
		if err := idle(flags, "a TABLE, or --given FILE"); err != nil {
			return err
		}
	}
	if !(p.scale >= 0.25 && p.scale <= 8) {
		return usagef("--scale %g: give a number from 0.25 to 8", p.scale)
	}
	if p.o.Width < 400 || p.o.Width > 4000 {
		return usagef("--width %d: give a number from 400 to 4000", p.o.Width)
	}
	if p.out != "" && !slices.Contains(pictureKinds, p.kind) {
		if _, err := plot.Format(p.out); err != nil {
			return err
		}
	}
	return nil
}

func (p *plotting) run(ctx context.Context, flags *pflag.FlagSet) error {
	if err := p.check(flags); err != nil {
		return err
	}
	m, err := model.Load(p.model)
	if err != nil {
		return err
	}
	if m.Image != nil && p.kind != trainingKind {
		return p.gallery(ctx, m, flags)
	}
	if slices.Contains(pictureKinds, p.kind) {
		return ofPictures(m, p.model, "--kind "+p.kind)
	}
	if err := onlyTables(flags, slices.Concat(picturePlotFlags, pictureReading), p.model+" is drawn by a kind of picture that has no use for it"); err != nil {
		return err
	}
	if err := p.complete(m); err != nil {
		return err
	}
	if err := model.CanSave(p.out); err != nil {
		return err
	}
	draw := map[string]func(context.Context, *model.Model) (*plot.Picture, string, error){
		cornerKind: p.corner, densityKind: p.density, layersKind: p.layers, trainingKind: p.training, calibrationKind: p.calibration,
	}[p.kind]
	picture, what, err := draw(ctx, m)
	if err != nil {
		return err
	}
	if err := picture.Save(p.out, p.scale); err != nil {
		return err
	}
	return p.print(fmt.Sprintf("%s written: %s\n", p.out, what))
}

// complete fills in what depends on the model, and checks it.
func (p *plotting) complete(m *model.Model) error {
	if p.kind == "" {
		p.kind = cornerKind
		if len(m.Columns) == 1 {
			p.kind = densityKind
		}
	}
	p.defaultOut()
	context := model.Names(m.Context)
	switch {
	case p.kind == trainingKind:
		if p.table != "" || p.given != "" || len(p.columns) > 0 {
			return usagef("--kind %s is of the training alone: it takes no TABLE, no --given and no --columns", trainingKind)
		}
	case len(context) == 0 && p.given != "":
		return usagef("%s has no context: leave --given out", p.model)
	case len(context) > 0 && p.given == "" && p.table == "":
		return usagef("%s is conditioned on %v: give a table with these columns by --given FILE, or a TABLE that has them and %v", p.model, context, model.Names(m.Columns))
	case p.kind == calibrationKind && p.table == "":
		return usagef("--kind %s ranks the rows of a TABLE among draws: give one that the model was not trained on", calibrationKind)
	}
	known := model.Names(m.Columns)
	if p.kind == cornerKind {
		known = append(known, context...)
	}
	for i, name := range p.columns {
		if !slices.Contains(known, name) {
			return usagef("--columns: %s has no column %q; it has %s", p.model, name, strings.Join(known, ", "))
		}
		if slices.Contains(p.columns[:i], name) {
			return usagef("--columns: %q is named twice", name)
		}
	}
	return p.readLabels(append(model.Names(m.Columns), context...))
}

// defaultOut names the file to write where the command line does not.
func (p *plotting) defaultOut() {
	if p.out == "" {
		name := filepath.Base(p.model)
		p.out = strings.TrimSuffix(name, filepath.Ext(name)) + "-" + p.kind + ".png"
	}
}

// readLabels reads --label.
func (p *plotting) readLabels(known []string) error {
	p.label = map[string]string{}
	for _, l := range p.labels {
		name, text, ok := strings.Cut(l, "=")
		if !ok || text == "" {
			return usagef("--label %q: write NAME=TEXT, with the name of a column", l)
		}
		if !slices.Contains(known, name) {
			return usagef("--label: %s has no column %q; it has %s", p.model, name, strings.Join(known, ", "))
		}
		p.label[name] = text
	}
	return nil
}

// choose is the numbers of the columns to show among names: those of --columns, or the first; at most so many.
func (p *plotting) choose(names []string, most int, otherwise string) ([]int, error) {
	if len(p.columns) > most {
		return nil, usagef("--columns names %d columns; a picture of --kind %s shows %s", len(p.columns), p.kind, otherwise)
	}
	var at []int
	for _, name := range p.columns {
		at = append(at, slices.Index(names, name))
	}
	if at != nil {
		return at, nil
	}
	for i := range min(most, len(names)) {
		at = append(at, i)
	}
	if len(names) > most {
		p.say("%d of %d columns are shown: %s; --columns chooses others\n", most, len(names), strings.Join(names[:most], ", "))
	}
	return at, nil
}

// named are the labels of columns.
func (p *plotting) named(names []string, at []int) []string {
	out := make([]string, len(at))
	for i, k := range at {
		out[i] = names[k]
		if text, ok := p.label[names[k]]; ok {
			out[i] = text
		}
	}
	return out
}

// compile makes the model's density.
func (p *plotting) compile(m *model.Model) (*model.Density, error) {
	return model.Compile(m, diffeo.Options{Threads: p.threads})
}

// rowsOf says how many rows there are of a table.
func rowsOf(n, total int, table string) string {
	name := filepath.Base(data.SourceName(table))
	if n < total {
		return fmt.Sprintf("%s of %s rows of %s", plot.Count(n), plot.Count(total), name)
	}
	if n == 1 {
		return "the row of " + name
	}
	return fmt.Sprintf("%s rows of %s", plot.Count(n), name)
}

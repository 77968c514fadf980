package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"diffeo/data"
	"diffeo/fault"
	"diffeo/model"
)

// preprocessHelp is a part of the command's help.
const preprocessHelp = `Preprocessing: every column is standardized, after steps that depend on what it holds; they are stored in the model, and densities stay in
the data's own units. --preprocess says who chooses:
  auto         the training rows: whole numbers, and those of another grid such as half-integers, are dequantized; a log is
               taken of positive numbers that are far closer to log-normal than to normal; numbers in (0, 1), (−1, 1) or
               (0, 100) up to both ends become logits; all else stays standardized. What is chosen is printed
  standardize  nobody: mean 0 and deviation 1
  none         nobody: columns are taken as they are
  FILE.json    the file, an object like {"flux": "log", "count": "integer"}; auto for the columns that it does not name
and --column NAME=…, which may be repeated, decides for one column:
  standardize, none, robust (without a thousandth of the rows at either end), log[:offset], logit:low,high, bounded:low,high, integer[:width[,offset]], circular:period[,low]
or several joined by +, as in integer+log. A circular column is wrapped to one period (circular:2pi: radians). The density is periodic with
--recipe ncsf alone: there columns that go all the way round in degrees or radians are found to be angles, and the others are numbers. What is conditioned on a
circular column is periodic in it with every recipe, as networks see its cosine and sine. Numbers of a grid, offset + k·width, are given probabilities instead of densities; see diffeo score --help.

A constant column, and one that is a linear function of others, is an error; so is a number like 1e30 among ones. A value that many rows
share (an atom) is warned of: a density has no upper bound there. --allow-atoms accepts it.`

// The choices of --preprocess that are no file.
const (
	auto        = "auto"
	standardize = "standardize"
	none        = "none"
)

// preprocessing is the options of fit that decide what columns go through before the flow.
type preprocessing struct {
	how        string
	columns    []string
	allowAtoms bool

	given map[string]data.Spec
}

func (p *preprocessing) flags(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&p.how, "preprocess", auto, "what columns go through before the flow: auto, standardize, none, or FILE.json")
	flags.StringArrayVar(&p.columns, "column", nil, "NAME=log, logit:a,b, bounded:a,b, integer, circular:period, standardize, robust or none: decides for a column; may be repeated")
	flags.BoolVar(&p.allowAtoms, "allow-atoms", false, "do not warn of values that many rows share")
}

// check reads what was given, before any table is.
func (p *preprocessing) check() error {
	p.given = map[string]data.Spec{}
	switch p.how {
	case auto, standardize, none:
	default:
		if !strings.HasSuffix(p.how, ".json") {
			return usagef("--preprocess %s: give auto, standardize, none, or a file that ends in .json", p.how)
		}
		text, err := os.ReadFile(p.how)
		if err != nil {
			return fmt.Errorf("%w: --preprocess: %w", fault.ErrConfig, err)
		}
		if p.given, err = data.ParseSpecs(p.how, text); err != nil {
			return err
		}
	}
	seen := map[string]bool{}
	for _, text := range p.columns {
		at := strings.LastIndexByte(text, '=') // a name may contain one, a specification does not
		if at <= 0 {
			return usagef("--column %s: give NAME=… with one of %s", text, data.SpecHelp)
		}
		name := text[:at]
		if seen[name] {
			return usagef("--column %s: the column was decided before; name it once", text)
		}
		seen[name] = true
		spec, err := data.ParseSpec(text[at+1:])
		if err != nil {
			return fmt.Errorf("--column %s: %w", name, err)
		}
		p.given[name] = spec
	}
	return nil
}

// grids are those that were given to columns, by the columns' places.
func (p *preprocessing) grids(columns []string) map[int]data.Step {
	grids := map[int]data.Step{}
	for i, name := range columns {
		if steps := p.given[name].Steps; len(steps) > 0 && steps[0].Kind == data.Dequantize {
			grids[i] = steps[0]
		}
	}
	return grids
}

// preprocess decides and measures the preprocessing of the columns, from the training rows.
func (f *fit) preprocess(p parts) (columns, context []model.Column, err error) {
	known := append(append([]string{}, f.columns...), f.context...)
	for name := range f.pre.given {
		if _, err := data.Match(data.SourceName(f.table), known, []string{name}); err != nil {
			return nil, nil, fmt.Errorf("preprocessing: %w", err)
		}
	}
	if columns, err = f.side(p, false); err != nil || len(f.context) == 0 {
		return columns, nil, err
	}
	context, err = f.side(p, true)
	return columns, context, err
}

// side does it for the columns that are modelled or for those that are conditioned on.
func (f *fit) side(p parts, context bool) ([]model.Column, error) {
	of := func(p part) data.Table {
		if context {
			return p.context
		}
		return p.data
	}
	t := of(p.train)
	specs := make([]data.Spec, len(t.Columns))
	switch f.pre.how {
	case standardize, none:
		for i, name := range t.Columns {
			given, ok := f.pre.given[name]
			if specs[i] = given; !ok && f.pre.how == none {
				specs[i].Scale = data.ScaleNone
			}
		}
	default:
		proposals, err := data.Detect(t, data.Detection{Given: f.pre.given, AllowAtoms: f.pre.allowAtoms, Context: context, Circles: f.recipe == circles && !context, Rows: p.train.rows, Sample: p.stream != nil})
		if err != nil {
			return nil, err
		}
		for i := range proposals {
			f.moderate(&proposals[i], i, of(p.val), of(p.test), of(p.extremes))
			specs[i] = proposals[i].Spec
		}
		f.announce(proposals, context)
	}
	for i, s := range specs {
		if context && len(s.Steps) > 0 && s.Steps[0].Kind == data.Dequantize {
			return nil, usagef("column %q is a context: it has no density, so that it needs no dequantization; give standardize or log", t.Columns[i])
		}
	}
	angles := f.angles
	if context {
		angles = f.contextAngles
	}
	if err := angles(t, specs); err != nil {
		return nil, err
	}
	fitted, err := data.FitPreprocessing(t, specs, p.train.noise(f.seed))
	if err != nil {
		return nil, p.train.located(err, t.Columns)
	}
	return model.Columned(t.Columns, fitted)
}

// moderate takes a proposal back that other rows contradict: those held out for validation and test, and the extremes of a streamed table.
func (f *fit) moderate(p *data.Proposal, col int, others ...data.Table) {
	for i, t := range others {
		proposed := p.Spec
		if x, withdrawn := p.Moderate(t, col); withdrawn {
			rows, other := "the training rows", "a held-out row"
			if i == 2 {
				rows, other = "the rows of the sample", "another one"
			}
			f.remark("column %s: %v in %s, but %s has %v; it is standardized\n", p.Column, proposed, rows, other, x)
		}
	}
}

// announce prints what was found, and always what the likelihood suffers from.
func (f *fit) announce(list []data.Proposal, context bool) {
	warned := false
	for _, p := range list {
		if p.Why != "" {
			f.remark("column %s: %v (%s)\n", p.Column, p.Spec, p.Why)
		}
		switch {
		case p.Turn == "":
		case context:
			f.remark("column %s: %s; if these are angles, --column %s=circular:360 (radians: circular:2pi) makes them directions, without a seam where they begin again\n", p.Column, p.Turn, p.Column)
		default:
			f.remark("column %s: %s; if these are angles, --recipe %s models them without a seam where they begin again\n", p.Column, p.Turn, circles)
		}
		for _, w := range p.Warnings {
			f.say("warning: column %s: %s\n", p.Column, strings.ReplaceAll(w, "NAME", p.Column))
			warned = true
		}
	}
	if warned {
		f.say("%s\n", data.WhyAtoms)
	}
}

// remark says what is of interest where somebody reads along.
func (f *fit) remark(format string, args ...any) {
	if !f.json {
		f.say(format, args...)
	}
}

package main

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/spf13/pflag"

	"diffeo/data"
	"diffeo/fault"
	"diffeo/model"
)

const ratingHelp = `Scores that people use, beside the log-density:

  --quantile         adds the columns quantile and typicality. quantile is the probability that a row of the distribution of the held-out test
                     rows of fit (or of those of --reference) has no higher log-density, (1 + rows at or below it)/(rows + 1): a small one is
                     an anomaly, and of rows like those a share α at most is at α or less. typicality is the probability that such a row's
                     log-density is as far from their mean, on either side: small for what is too rare and for what is too dense.
  --contamination C  adds the column anomaly: 1 where the quantile is at most C, so that C is the share of rows like the reference that is
                     flagged, else 0. With --by typicality that decides.

What likelihood alone cannot tell is said on stderr: where more rows than chance allows are denser than nearly all reference rows, where the
whole table's mean log-density is far from theirs, with 32 columns or more (where the densest place is many deviations from the typical rows), and with
columns of whole numbers. Under a condition the reference is that of all conditions together.`

// rating is the part of score that makes scores of log-densities.
type rating struct {
	quantile      bool
	contamination float64
	by, reference string

	from      *model.Reference
	rows      int // rated
	dense     int // among those that are denser than all but a share of the reference
	anomalies int
}

// The names of the added columns.
const (
	quantileColumn   = "quantile"
	typicalityColumn = "typicality"
	anomalyColumn    = "anomaly"
)

func (r *rating) flags(flags *pflag.FlagSet) {
	flags.BoolVar(&r.quantile, "quantile", false, "add quantile and typicality")
	flags.Float64Var(&r.contamination, "contamination", 0, "add anomaly: the share of rows like the reference to flag, within 0 and 1")
	flags.StringVar(&r.by, "by", "likelihood", "what --contamination goes by: likelihood, or typicality")
	flags.StringVar(&r.reference, "reference", "", "table to compare with (default: the model's test rows); its scores are held in memory")
}

func (r *rating) check(flags *pflag.FlagSet) error {
	if flags.Changed("contamination") && !(r.contamination > 0 && r.contamination < 1) {
		return usagef("--contamination %g: give the share of rows to flag, above 0 and below 1", r.contamination)
	}
	if r.by != "likelihood" && r.by != "typicality" {
		return usagef("--by %q: say likelihood, or typicality", r.by)
	}
	if flags.Changed("by") && r.contamination == 0 {
		return usagef("--by needs --contamination")
	}
	if r.reference != "" && !r.wanted() {
		return usagef("--reference needs --quantile or --contamination")
	}
	return nil
}

func (r *rating) wanted() bool { return r.quantile || r.contamination > 0 }

// columns are the added ones.
func (r *rating) columns() []string {
	names := []string{logProbColumn}
	if r.quantile {
		names = append(names, quantileColumn, typicalityColumn)
	}
	if r.contamination > 0 {
		names = append(names, anomalyColumn)
	}
	return names
}

// allAdded are the names of all columns that scoring may add.
var allAdded = []string{logProbColumn, quantileColumn, typicalityColumn, anomalyColumn}

// rate writes the added columns of a row.
func (r *rating) rate(logProb float64, to []float64) {
	to[0] = logProb
	if !r.wanted() {
		return
	}
	q, t := r.from.Quantile(logProb), r.from.Typicality(logProb)
	at := 1
	if r.quantile {
		to[1], to[2] = q, t
		at = 3
	}
	r.rows++
	if q > 1-r.densest() {
		r.dense++
	}
	if r.contamination > 0 {
		if r.by == "typicality" {
			q = t
		}
		to[at] = 0
		if q <= r.contamination {
			to[at] = 1
			r.anomalies++
		}
	}
}

// densest is the share of the reference that is denser than all others.
func (r *rating) densest() float64 { return max(1e-3, 2/float64(r.from.Rows+1)) }

// find takes the reference from the model, or makes it of the table that is named.
func (s *score) find(ctx context.Context, m *model.Model, density *model.Density) error {
	if !s.rating.wanted() {
		return nil
	}
	s.rating.from = m.Training.Reference
	if s.rating.reference == "" {
		if s.rating.from == nil {
			return fmt.Errorf("%w: %s holds no scores of held-out rows (it was fitted by an older program, or imported); name a table of rows to compare with by --reference", fault.ErrConfig, s.model)
		}
		return nil
	}
	o, err := s.reading.options(data.Options{Columns: append(model.Names(m.Columns), model.Names(m.Context)...), Context: ctx})
	if err != nil {
		return err
	}
	reader, err := openFor(m, s.rating.reference, o)
	if err != nil {
		return err
	}
	defer reader.Close()
	var all []float64
	if err := s.each(ctx, m, density, s.rating.reference, reader, func(b scored) error {
		all = append(all, b.logProbs...)
		return nil
	}); err != nil {
		return err
	}
	sayReport(s.say, s.rating.reference, o.Report)
	if s.rating.from = model.NewReference(all, nil); s.rating.from == nil {
		return fmt.Errorf("%w: %s: of %d rows less than two have a density above 0 under the model; name rows like those that it was fitted to", fault.ErrData, data.SourceName(s.rating.reference), len(all))
	}
	return nil
}

// cautions says what the scores by themselves would hide.
func (r *rating) cautions(say func(format string, args ...any), m *model.Model, t tally, discrete []string) {
	if !r.wanted() {
		return
	}
	const many = 32 // columns: a normal's mode lies √(D/2) deviations of log p above the mean, 4 with these
	share := r.densest()
	expected := share * float64(r.rows)
	if excess := float64(r.dense) - expected; excess > 3+4*math.Sqrt(expected) {
		say("caution: %d of %d rows have a higher density than %.2g %% of the reference rows, where %.2g are expected: likelihood alone takes them for the most normal ones; look at typicality\n",
			r.dense, r.rows, 100*(1-share), expected)
	}
	if d := r.deviation(t); d != nil && math.Abs(*d) > 4 {
		side := "above"
		if *d < 0 {
			side = "below"
		}
		say("caution: as a whole this table is not typical of the reference: its mean log-density is %.1f standard errors %s\n", math.Abs(*d), side)
	}
	if d := len(m.Columns); d >= many {
		say("caution: with %d columns the densest places are many deviations away from typical rows; a high density alone does not make a row normal, look at typicality\n", d)
	}
	if len(discrete) > 0 {
		say("caution: %s: probabilities of whole numbers stand beside densities, whose size depends on units; a rank by likelihood weighs them as it happens\n", strings.Join(discrete, ", "))
	}
}

// deviation is that of the scored rows from the reference in standard errors; nil where there is none.
func (r *rating) deviation(t tally) *float64 {
	if r.from == nil || t.n == 0 || r.from.Std == 0 {
		return nil
	}
	return number(r.from.Deviation(t.average(), t.n))
}

// rated is what score prints of a rating.
type rated struct {
	Reference int      `json:"reference_rows"`
	Deviation *float64 `json:"set_deviation"` // in standard errors
	Anomalies *int     `json:"anomalies,omitempty"`
}

func (r *rating) rated(t tally) *rated {
	if !r.wanted() {
		return nil
	}
	out := &rated{Reference: r.from.Rows, Deviation: r.deviation(t)}
	if r.contamination > 0 {
		out.Anomalies = &r.anomalies
	}
	return out
}

func (r *rated) text(rows int) string {
	if r == nil {
		return ""
	}
	var b strings.Builder
	if d := r.Deviation; d != nil {
		fmt.Fprintf(&b, "the mean lies %+.1f standard errors from that of %d reference rows\n", *d, r.Reference)
	}
	if r.Anomalies != nil {
		fmt.Fprintf(&b, "%d of %d rows are flagged as anomalies\n", *r.Anomalies, rows)
	}
	return b.String()
}

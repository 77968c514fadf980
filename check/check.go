package check

import (
	"context"

	"diffeo/model"
)

// checks is the table of all checks, in the order of a report. brief marks those that take some milliseconds at a few rows.
var checks = []struct {
	brief bool
	names []string
	run   func(*subject) ([]Result, error)
}{
	{true, []string{RoundTripData, RoundTripBase}, (*subject).roundTrips},
	{true, []string{LogDetInverse, LogDetForward}, (*subject).logDets},
	{true, []string{Preprocessing}, (*subject).preprocessing},
	{true, []string{Finite}, (*subject).finiteScores},
	{false, []string{Integral}, (*subject).integral},
	{false, []string{PIT}, (*subject).pit},
	{false, []string{RankHistograms, Coverage}, (*subject).ranksAndCoverage},
	{false, []string{Columns}, (*subject).columns},
	{false, []string{Tails}, (*subject).tails},
	{false, []string{Energy}, (*subject).energy},
	{false, []string{C2ST}, (*subject).c2st},
}

// Model makes all checks of a model, at rows of a table if there is one. A table that was not trained on is what PIT asks for; the
// other checks take any rows.
//
// Errors are those of computing at all: a model that cannot be compiled, rows that do not fit it (fault.ErrShape, fault.ErrContext),
// bad options (fault.ErrConfig), a context that ended. What is wrong with the model's numbers is in the report.
func Model(ctx context.Context, m *model.Model, rows Rows, o Options) (Report, error) {
	return run(ctx, m, rows, o, func(bool, []string) bool { return true })
}

// Brief makes the checks that take some milliseconds, at a few of the rows: round trips, log-determinants, preprocessing, and
// whether scores are finite. It is meant for the end of a fit; print Report.Line. Errors are those of Model.
func Brief(ctx context.Context, m *model.Model, rows Rows) (Report, error) {
	if err := rows.check(len(m.Columns), len(m.Context)); err != nil {
		return Report{}, err
	}
	const enough = 256
	if rows.X.Rows > enough {
		rows.X = rows.X.Slice(0, enough)
		if rows.Cond.Rows > 0 {
			rows.Cond = rows.Cond.Slice(0, enough)
		}
	}
	return run(ctx, m, rows, Options{RoundTrips: enough, Jacobians: 4}, func(brief bool, _ []string) bool { return brief })
}

// run makes the checks of the table that are wanted.
func run(ctx context.Context, m *model.Model, rows Rows, o Options, wanted func(brief bool, names []string) bool) (Report, error) {
	o, err := o.filled()
	if err != nil {
		return Report{}, err
	}
	s, err := newSubject(ctx, m, rows, o)
	if err != nil {
		return Report{}, err
	}
	var report Report
	for _, c := range checks {
		if !wanted(c.brief, c.names) {
			continue
		}
		if !s.checkable() && c.names[0] != Finite {
			for _, name := range c.names {
				report.Results = append(report.Results, none(name, "no row of the table can be computed with"))
			}
			continue
		}
		results, err := c.run(s)
		if err != nil {
			return Report{}, err
		}
		if err := ctx.Err(); err != nil {
			return Report{}, err
		}
		report.Results = append(report.Results, results...)
	}
	if s.ranks != nil {
		report.Ranks = *s.ranks
	}
	report.Tails = s.tailList
	return report, nil
}

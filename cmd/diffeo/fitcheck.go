package main

import (
	"context"

	"diffeo/check"
	"diffeo/model"
)

// inspect makes the brief check of a model that was fitted, at test rows. It is no part of the fit: whatever it finds, and if it cannot be made
// at all, the model is written.
func (f *fit) inspect(ctx context.Context, m *model.Model, p part) (verdict check.Verdict, line string) {
	report, err := check.Brief(ctx, m, check.Rows{X: p.data.Values, Cond: p.context.Values})
	if err != nil {
		return check.Inconclusive, "could not be made: " + err.Error()
	}
	return report.Verdict(), report.Line()
}

package report

import (
	"context"
	"fmt"
	"io"
	"strings"

	"diffeo"
	"diffeo/check"
	"diffeo/fault"
	"diffeo/internal/atomicfile"
	"diffeo/matrix"
	"diffeo/model"
)

// Input is what a report is made of.
type Input struct {
	Model   *model.Model
	Name    string     // of the model, as it is written in the report
	Table   string     // of the table, likewise; "": there was none
	Rows    check.Rows // that were checked
	Total   int        // rows of the table
	Report  check.Report
	Seed    uint64 // of the draws that are shown
	Threads int    // as in diffeo.Options
}

// Save writes a report to a file, which is whole or not there. Errors: fault.ErrConfig for a name that does not end in .html, those of drawing from the
// model, and of writing.
func Save(ctx context.Context, path string, in Input) error {
	if err := CanSave(path); err != nil {
		return err
	}
	figures, err := pictures(ctx, in)
	if err != nil {
		return err
	}
	written, err := page(in, figures)
	if err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := io.WriteString(w, string(written))
		return err
	})
}

// CanSave says whether a report could be written to a path now.
func CanSave(path string) error {
	if !strings.HasSuffix(strings.ToLower(path), ".html") {
		return fmt.Errorf("%w: %s: a report is written as .html; end the name so", fault.ErrConfig, path)
	}
	return model.CanSave(path)
}

// Draws are rows from a model's density: n of them, or with conditions, which come in turn, the next multiple of theirs. The second result is the conditions
// beside them.
func Draws(ctx context.Context, d *model.Density, columns int, cond matrix.Matrix[float64], n int, seed uint64) (x, under matrix.Matrix[float64], err error) {
	if cond.Rows > 0 {
		n = (max(n, cond.Rows) + cond.Rows - 1) / cond.Rows * cond.Rows
		under = matrix.New[float64](n, cond.Cols)
		for r := range n {
			copy(under.Row(r), cond.Row(r%cond.Rows))
		}
	}
	x = matrix.New[float64](n, columns)
	return x, under, d.Sample(ctx, diffeo.Draw{Seed: seed}, under, x)
}

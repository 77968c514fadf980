package report

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"diffeo"
	"diffeo/matrix"
	"diffeo/model"
	"diffeo/plot"
)

// figure is a picture with what to see in it.
type figure struct {
	name           string // in no page: of the kind, for tests
	title, caption string // the caption may be empty
	picture        *plot.Picture
}

// How much is drawn: draws for contours, and rows as dots, which are most of a page's size.
const (
	shownDraws = 20000
	shownDots  = 300
)

// pictures draws what there is to see.
func pictures(ctx context.Context, in Input) (list []figure, err error) {
	if in.Model.Image != nil {
		list, err = latentFigures(in.Report.Latents)
		if err != nil {
			return nil, err
		}
		trained, err := trainingFigure(in.Model)
		return append(list, trained...), err
	}
	add := func(name, title, caption string, p *plot.Picture, err error) error {
		list = append(list, figure{name, title, caption, p})
		return err
	}
	d, err := model.Compile(in.Model, diffeo.Options{Threads: in.Threads})
	if err != nil {
		return nil, err
	}
	names := model.Names(in.Model.Columns)
	if len(in.Report.Ranks.Regions) > 0 {
		var ranks []plot.Ranks
		for j, name := range names[:min(len(names), plot.MostRanks)] {
			ranks = append(ranks, plot.Ranks{Name: name, Values: in.Report.Ranks.Columns[j]})
		}
		p, err := plot.Calibration(ranks, in.Report.Ranks.Regions, plot.Options{})
		if err := add("calibration", "Can probabilities be believed?", "Left: of the smallest regions to which the model gives a probability, the share of rows that lie in them; below the diagonal the model is too sure of itself. "+
			"Right: ranks of the rows among draws; a ∪ says that the model is too narrow there, a ∩ that it is too wide, a slope that it lies too high or too low."+more(len(names), plot.MostRanks), p, err); err != nil {
			return nil, err
		}
	}
	p, err := cornerOf(ctx, in, d)
	caption := "Each column on the diagonal, each pair below it. Contours are around the smallest regions that hold 50 % and 90 %: where those of the draws (dashed) part from those of the rows (solid) by more than the solid ones wobble, the model is off."
	if len(in.Model.Context) > 0 {
		caption += " The condition is beside the columns, and the same on both sides: each row's draws are under its own."
	}
	if in.Rows.X.Rows == 0 {
		caption = "Each column on the diagonal, each pair below it: draws from the model, with contours around the smallest regions that hold 50 % and 90 %."
	}
	if err := add("corner", "Is the model like the data?", caption+more(len(names)+len(in.Model.Context), plot.MostCorner), p, err); err != nil {
		return nil, err
	}
	under, err := conditionFigures(ctx, in, d)
	if err != nil {
		return nil, err
	}
	list = append(list, under...)
	trained, err := trainingFigure(in.Model)
	return append(list, trained...), err
}

// trainingFigure draws the curves of the training, where the model has them.
func trainingFigure(m *model.Model) ([]figure, error) {
	c := m.Training.Curves
	if c == nil || len(c.Train.Steps)+len(c.Validation.Steps) == 0 {
		return nil, nil
	}
	p, err := plot.Training(plot.HistoryOf(c.Train.Steps, c.Train.LogProb, c.Validation.Steps, c.Validation.LogProb, m.Training.BestStep), plot.Options{})
	return []figure{{"training", "Was it trained long enough?", "Validation that still rises at the end asks for more steps; training that leaves validation far behind, for more rows or a smaller network.", p}}, err
}

// more says that there were more columns than a picture has room for.
func more(columns, most int) string {
	if columns <= most {
		return ""
	}
	return fmt.Sprintf(" The first %d of %d columns are shown.", most, columns)
}

// cornerOf draws the rows that were checked against draws.
func cornerOf(ctx context.Context, in Input, d *model.Density) (*plot.Picture, error) {
	x, under, err := Draws(ctx, d, len(in.Model.Columns), in.Rows.Cond, shownDraws, in.Seed)
	if err != nil {
		return nil, err
	}
	names := append(model.Names(in.Model.Columns), model.Names(in.Model.Context)...)
	n := min(len(names), plot.MostCorner)
	table := plot.Sample{}
	if in.Rows.X.Rows > 0 {
		table = plot.Sample{Name: plot.Count(in.Rows.X.Rows) + " rows", Rows: side(in.Rows.X, in.Rows.Cond, n)}
	}
	return plot.Corner(names[:n], table, plot.Sample{Name: plot.Count(x.Rows) + " draws from the model", Rows: side(x, under, n)}, plot.CornerOptions{Dots: shownDots})
}

// side is the first columns of rows and of what is beside them.
func side(x, beside matrix.Matrix[float64], n int) matrix.Matrix[float64] {
	out := matrix.New[float64](x.Rows, n)
	for r := range x.Rows {
		k := copy(out.Row(r), x.Row(r))
		if k < n {
			copy(out.Row(r)[k:], beside.Row(r))
		}
	}
	return out
}

// inline is a picture as an element of a page: without the head of a document, and as wide as there is room.
func inline(p *plot.Picture, title string) (markup, error) {
	var b bytes.Buffer
	if err := p.SVG(&b); err != nil {
		return "", err
	}
	s := b.String()
	s = s[strings.Index(s, "<svg"):]
	_, rest, _ := strings.Cut(s, "viewBox=")
	return markup(`<svg role="img" aria-label="`) + text(title) + markup(`" viewBox=`+rest), nil
}

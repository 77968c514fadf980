package report

import (
	"fmt"

	"diffeo/check"
	"diffeo/matrix"
	"diffeo/plot"
)

// latentFigures draws the latents of each scale of a model of pictures beside the base.
func latentFigures(list []check.Latents) (figures []figure, err error) {
	for _, l := range list {
		values, err := matrix.Of(l.Values, 1)
		if err != nil {
			return nil, err
		}
		low, high := plot.Span(l.Values, l.BaseNumbers)
		at := plot.Grid(low, high, 401)
		name := fmt.Sprintf("latents of scale %d", l.Scale)
		p, err := plot.Density(name, []plot.Curve{{Name: "the base", X: at, Y: plot.Smooth(l.BaseNumbers, at), Truth: nan}}, plot.Sample{Name: "latents of the pictures", Rows: values}, plot.Options{})
		if err != nil {
			return nil, err
		}
		f := figure{name: fmt.Sprintf("latents-%d", l.Scale), title: fmt.Sprintf("Are the latents of scale %d those of the base?", l.Scale), picture: p}
		if l.Scale == 1 {
			f.caption = "All base coordinates of a scale together; scale 1 is the coarsest, which says what a picture is about. Where the bars are narrower or wider than the curve, draws have more or less contrast than the pictures on that scale; a peak in the middle comes of flat regions."
		}
		figures = append(figures, f)
	}
	return figures, nil
}

package check

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"diffeo/fault"
	"diffeo/model"
	"diffeo/recipe"
)

// fewPictures is the number of round trips of pictures, which cost more than those of rows.
const fewPictures = 200

// Pictures makes the checks of a model of pictures (model.Model.Image): rows are their pixels, whole numbers, and their classes as ones among zeros (model.Condition), of a set that was not trained
// on. Round trips, and log-determinants of both ways against each other, are at pictures and at points of the base near them; log-determinants against Jacobians at parts of pictures of some
// hundred numbers, through a flow of that size with the model's weights; then finite scores, bits per dimension, and the latents of each scale against the base. Without rows, which a model with classes
// needs, what needs a set is not asked. Of the Options, RoundTrips is 200 where it is 0, and Draws and Conditions are not used.
//
// Errors are those of Model, and fault.ErrConfig for a model of a table.
func Pictures(ctx context.Context, m *model.Model, rows Rows, o Options) (Report, error) {
	if m.Image == nil {
		return Report{}, fmt.Errorf("%w: a model of a table, and these are checks of pictures: take check.Model", fault.ErrConfig)
	}
	if o.RoundTrips == 0 {
		o.RoundTrips = fewPictures
	}
	o, err := o.filled()
	if err != nil {
		return Report{}, err
	}
	s, err := newSubject(ctx, m, rows, o)
	if err != nil {
		return Report{}, err
	}
	if s.table.X.Rows > 0 && s.z.Rows == 0 {
		return Report{}, fmt.Errorf("%w: no picture has pixels that are finite numbers", fault.ErrData)
	}
	s.latent = true
	p := pictures{subject: s}
	var report Report
	for _, ask := range []func() ([]Result, error){p.maps, p.logDets, p.likelihood, p.latents} {
		results, err := ask()
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return Report{}, err
		}
		report.Results = append(report.Results, results...)
	}
	report.Latents = p.scales
	return report, nil
}

// pictures is a model of pictures under check.
type pictures struct {
	*subject
	scales []Latents // once they were looked at
}

// config is the recipe's, where the model has a recipe of images.
func (p *pictures) config() (c recipe.Config, ok bool) {
	ok = slices.Contains(recipe.ImageNames(), p.model.Recipe) && json.Unmarshal(p.model.Config, &c) == nil
	if c.Levels == 0 {
		c.Levels = 3
	}
	return c, ok
}

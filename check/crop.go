package check

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"diffeo/data"
	"diffeo/matrix"
	"diffeo/model"
)

// A Jacobian of a part of a picture has enoughCrop numbers each way if the flow can be halved that small, and mostCrop at most.
const (
	enoughCrop = 128
	mostCrop   = 1024
)

// logDets compares log-determinants with Jacobians by differences. A Jacobian of a whole picture is too large; the weights of a flow of images belong to channels, not to places, so that a flow of smaller
// pictures has the same, and is checked at parts of them.
func (p *pictures) logDets() ([]Result, error) {
	size, why := p.cropSize()
	if why != "" {
		return []Result{none(LogDetInverse, "%s", why), none(LogDetForward, "%s", why)}, nil
	}
	format := p.model.Image.Format()
	if size == format {
		return p.subject.logDets()
	}
	small, err := p.cropped(size)
	if err != nil {
		return nil, err
	}
	if small == nil {
		why = "the flow's weights belong to its size, so that there is no smaller one whose Jacobian could be taken"
		return []Result{none(LogDetInverse, "%s", why), none(LogDetForward, "%s", why)}, nil
	}
	s, err := newSubject(p.ctx, small, p.parts(size), p.o)
	if err != nil {
		return nil, err
	}
	s.latent = true
	results, err := s.logDets()
	for i := range results {
		results[i].Text += fmt.Sprintf("; at parts of %d×%d pixels, by a flow of that size with the same weights", size.Height, size.Width)
	}
	return results, err
}

// cropSize is the size of the parts, or says why there is none.
func (p *pictures) cropSize() (size data.ImageFormat, why string) {
	size = p.model.Image.Format()
	c, ok := p.config()
	if size.Size() <= enoughCrop {
		return size, ""
	}
	if !ok {
		return size, fmt.Sprintf("a picture has %d numbers, and the recipe %s makes no flow of smaller ones", size.Size(), p.model.Recipe)
	}
	block := 1 << c.Levels
	side := block
	for size.Channels*(side+block)*(side+block) <= enoughCrop {
		side += block
	}
	size.Height, size.Width = min(side, size.Height), min(side, size.Width)
	if size.Size() > mostCrop {
		return size, fmt.Sprintf("the smallest part of a picture that can be halved %d times has %d numbers: too many for a Jacobian", c.Levels, size.Size())
	}
	return size, ""
}

// cropped is the model for smaller pictures, with the same weights; nil where they do not fit. Those of the base need not: log-determinants are the transform's, and the base says only where it is looked at.
func (p *pictures) cropped(size data.ImageFormat) (*model.Model, error) {
	c, _ := p.config()
	image := *p.model.Image
	image.Height, image.Width = size.Height, size.Width
	small, err := model.NewImages(p.model.Recipe, c, image, p.model.Precision, p.model.Seed)
	if err != nil {
		return nil, err
	}
	for _, spec := range small.Params.Specs() {
		values := p.model.Params.Data(spec.Name)
		if len(values) != spec.Shape.Size() {
			if strings.HasPrefix(spec.Name, "base.") {
				continue
			}
			return nil, nil
		}
		if err := small.Params.Assign(spec.Name, values); err != nil {
			return nil, err
		}
	}
	return small, nil
}

// parts are a part of every picture of the set, at a random place.
func (p *pictures) parts(size data.ImageFormat) Rows {
	if p.table.X.Rows == 0 {
		return Rows{}
	}
	random := rand.New(rand.NewPCG(p.o.Seed, streamCrops))
	whole := p.model.Image.Format()
	rows := Rows{X: matrix.New[float64](p.table.X.Rows, size.Size()), Cond: p.table.Cond}
	for r := range rows.X.Rows {
		top, left := random.IntN(whole.Height-size.Height+1), random.IntN(whole.Width-size.Width+1)
		from, to := p.table.X.Row(r), rows.X.Row(r)
		for k := range size.Channels {
			for y := range size.Height {
				at := (k*whole.Height+top+y)*whole.Width + left
				copy(to[(k*size.Height+y)*size.Width:][:size.Width], from[at:at+size.Width])
			}
		}
	}
	return rows
}

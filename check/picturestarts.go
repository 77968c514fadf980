package check

import (
	"diffeo"
	"diffeo/matrix"
)

// Points of the base near pictures are latents, moved by this share of the way to draws of the base; and what is in pixels further outside than this share of their range stands for no picture.
const (
	toBase  = 0.05
	outside = 0.04
)

// nearPictures are n points of the base or fewer, near the latents of pictures. Draws of the base would be far from all pictures wherever a flow has not learned them: there couplings multiply by
// anything, and what does not come back says nothing of pictures.
func (s *subject) nearPictures(n int) (u, c rows64, err error) {
	z, c, err := s.inRange(n)
	if err != nil || z.Rows == 0 {
		return rows64{}, rows64{}, err
	}
	u = matrix.New[float64](z.Rows, z.Cols)
	ignored := make([]float64, z.Rows)
	if err := s.exact.inverse(s.ctx, z, c, u, ignored); err != nil {
		return u, c, err
	}
	v := matrix.New[float64](z.Rows, z.Cols)
	if err := s.own.drawBase(s.ctx, diffeo.Draw{Seed: s.seed(streamBase)}, c, v); err != nil {
		return u, c, err
	}
	for r := range u.Rows {
		for j, w := range v.Row(r) {
			u.Row(r)[j] += toBase * (w - u.Row(r)[j])
		}
	}
	s.own.round(u)
	if err := s.exact.forward(s.ctx, u, c, v, ignored); err != nil {
		return u, c, err
	}
	kept := s.within(v)
	return pick(u, kept), pick(c, kept), nil
}

// inRange are points whose numbers are pixels: all of a set, and of draws those that are.
func (s *subject) inRange(n int) (z, c rows64, err error) {
	if z, c, err = s.points(n); err != nil || s.z.Rows > 0 {
		return z, c, err
	}
	kept := s.within(z)
	return pick(z, kept), pick(c, kept), nil
}

// within lists the rows all of whose numbers are about in the range of pixels.
func (s *subject) within(x rows64) (kept []int) {
	levels := float64(s.model.Image.Levels)
	for r := range x.Rows {
		ok := true
		for _, v := range x.Row(r) {
			ok = ok && v >= -outside*levels && v <= (1+outside)*levels
		}
		if ok {
			kept = append(kept, r)
		}
	}
	return kept
}

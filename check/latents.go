package check

import (
	"fmt"
	"math"

	"diffeo"
	"diffeo/matrix"
)

// Latents are the base coordinates of one scale of pictures, all of them together, and as many numbers of the base.
type Latents struct {
	Scale               int // from 1, the coarsest
	Numbers             int // of a picture
	Mean, Deviation     float64
	BaseMean, BaseDev   float64
	Distance            float64   // of the two distribution functions (Kolmogorov–Smirnov)
	Values, BaseNumbers []float64 // sorted; of many, some at equal distances, for pictures
}

const (
	enoughPictures = 20      // for latents
	mostLatents    = 1 << 20 // numbers of a scale that are compared
	shownLatents   = 20000   // numbers of a Latents
)

// latents asks whether the latents of pictures are distributed as the base says, scale by scale: if the pictures are draws of the model, u = T⁻¹(x) are draws of the base under their classes, and independent
// of each other. All numbers of a scale are compared together with as many of the base. The scales share one level.
func (p *pictures) latents() ([]Result, error) {
	sizes := p.scaleSizes()
	n := p.z.Rows
	if n < enoughPictures {
		return []Result{none(LatentScale(1), "asked of %d pictures or more, here are %d", enoughPictures, n)}, nil
	}
	most := n
	for _, d := range sizes {
		most = min(most, max(enoughPictures, mostLatents/d))
	}
	z, c := p.z.Slice(0, most), p.c
	if c.Rows > 0 {
		c = c.Slice(0, most)
	}
	u := matrix.New[float64](most, z.Cols)
	if err := p.own.inverse(p.ctx, z, c, u, make([]float64, most)); err != nil {
		return nil, err
	}
	base := matrix.New[float64](most, z.Cols)
	if err := p.own.drawBase(p.ctx, diffeo.Draw{Seed: p.seed(streamPIT)}, c, base); err != nil {
		return nil, err
	}
	var results []Result
	from := 0
	for i, d := range sizes {
		l := Latents{Scale: i + 1, Numbers: d}
		have, want := flat(u, most, from, from+d), flat(base, most, from, from+d)
		l.Mean, l.Deviation = spreadOf(have)
		l.BaseMean, l.BaseDev = spreadOf(want)
		l.Distance = distanceOfSamples(have, want) // which sorts both
		l.Values, l.BaseNumbers = thinned(have, shownLatents), thinned(want, shownLatents)
		p.scales = append(p.scales, l)
		results = append(results, l.result(most, len(sizes)))
		from += d
	}
	return results, nil
}

// scaleSizes are the numbers of latents of the scales, the coarsest first; of a recipe whose scales are not known here all are one.
func (p *pictures) scaleSizes() []int {
	c, ok := p.config()
	d := len(p.model.Columns)
	if !ok || c.Levels < 1 || c.Levels > 30 {
		return []int{d}
	}
	// Half of the numbers leave at each scale but the coarsest, where all do.
	var sizes []int
	for range c.Levels - 1 {
		sizes = append([]int{d - d/2}, sizes...)
		d /= 2
	}
	return append([]int{d}, sizes...)
}

// LatentScale is the name of the check of the latents of a scale, from 1, the coarsest.
func LatentScale(scale int) string { return fmt.Sprintf("latents, scale %d", scale) }

// result judges the latents of a scale of n pictures, of so many scales.
func (l Latents) result(n, scales int) Result {
	pair := float64(n) * float64(l.Numbers) / 2 // as certain as two samples of n·Numbers each are
	p := math.Min(1, float64(scales)*kolmogorov(l.Distance, pair))
	r := Result{Name: LatentScale(l.Scale), Verdict: Pass, Value: l.Distance, Bound: math.Max(smallDistance, critical(pitLevel/float64(scales), pair)), Count: n}
	found := fmt.Sprintf("mean %.3f and deviation %.3f of %d numbers a picture, the base has %.3f and %.3f; probability by chance %.2g", l.Mean, l.Deviation, l.Numbers, l.BaseMean, l.BaseDev, p)
	switch {
	case p < pitLevel && l.Distance > largeDistance:
		r.Verdict, r.Text = Fail, "these pictures are not draws of the model: their latents are not those of the base ("+found+"); fit longer, or see whether the set is of the same kind"
	case p < pitLevel && l.Distance > smallDistance:
		r.Verdict, r.Text = Warn, "the latents can be told from the base ("+found+"): draws are not quite like the pictures; longer training or a larger flow may help"
	case p < pitLevel:
		r.Text = "the latents can be told from the base, by less than matters (" + found + ")"
	default:
		r.Text = "the latents are distributed as the base says (" + found + ")"
	}
	return r
}

// thinned are at most n of sorted numbers, at equal distances.
func thinned(x []float64, n int) []float64 {
	if len(x) <= n {
		return x
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = x[int((float64(i)+0.5)*float64(len(x))/float64(n))]
	}
	return out
}

package importer

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/recipe"
)

// bare is a softplus without a floor that could be seen.
var bare = recipe.LayerScale{Kind: recipe.SoftplusScale, Floor: 1e-19}

// normflowsWhole adds a planar or radial flow. normflows goes from the base to the data with them; the way back, which it lacks for most, is
// ours.
func (b *builder) normflowsWhole(theirs, class string, o object) error {
	a := struct {
		Shape shape   `json:"shape"`
		Act   string  `json:"act"` // of Planar, and the next
		U     ignored `json:"u"`
		W     ignored `json:"w"`
		B     ignored `json:"b"`
		Z0    ignored `json:"z_0"` // of Radial
	}{Act: "tanh"}
	if err := o.foreign(class, map[string]string{"act": "Planar", "u": "Planar", "w": "Planar", "b": "Planar", "z_0": "Radial"}); err != nil {
		return err
	}
	if err := o.arguments(class, &a); err != nil {
		return err
	}
	if err := b.columns(class, int(a.Shape)); err != nil {
		return err
	}
	d := b.dim
	if class == "Radial" {
		scope := b.add(recipe.Layer{Kind: recipe.RadialLayer, Radius: &recipe.LayerScale{Kind: recipe.MagnitudeScale}, Strength: &bare})
		b.w.Want(theirs + "d")
		b.whole(scope+"centre", theirs+"z_0", d, 1, d)
		b.whole(scope+"radius", theirs+"alpha", 1, 1)
		b.whole(scope+"strength", theirs+"beta", 1, 1)
		return nil
	}
	l := recipe.Layer{Kind: recipe.PlanarLayer, Scale: &bare}
	switch a.Act {
	case "tanh":
	case "leaky_relu":
		l.Slope = 0.2
	default:
		return fmt.Errorf("%w: %s: the nonlinearity %q is neither \"tanh\" nor \"leaky_relu\"", fault.ErrConfig, class, a.Act)
	}
	scope := b.add(l)
	b.whole(scope+"weight", theirs+"w", d, 1, d)
	b.whole(scope+"direction", theirs+"u", d, 1, d)
	b.whole(scope+"bias", theirs+"b", 1, 1)
	return nil
}

// invertibleAffine adds InvertibleAffine, u = Wᵀ·x, with W = P·L·U or W itself in the file.
func (b *builder) invertibleAffine(theirs, class string, o object) error {
	a := struct {
		Channels int  `json:"num_channels"`
		LU       bool `json:"use_lu"`
	}{LU: true}
	if err := o.arguments(class, &a); err != nil {
		return err
	}
	if err := b.columns(class, a.Channels); err != nil {
		return err
	}
	d, name := b.dim, theirs+"W"
	var w []float64
	if a.LU {
		name = theirs + "L"
		p, ok := b.w.Values(theirs+"P", d, d)
		l, ok1 := b.w.Values(theirs+"L", d, d)
		u, ok2 := b.w.Values(theirs+"U", d, d)
		sign, ok3 := b.w.Values(theirs+"sign_S", d)
		log, ok4 := b.w.Values(theirs+"log_S", d)
		b.w.Want(theirs+"eye", d, d)
		if !(ok && ok1 && ok2 && ok3 && ok4) {
			return nil
		}
		upper := triangle(u, d, func(i, j int) bool { return j > i }, func(i int) float64 { return sign[i] * math.Exp(log[i]) })
		lower := triangle(l, d, func(i, j int) bool { return j < i }, func(int) float64 { return 1 })
		w = product(p, product(lower, upper, d), d)
	} else if v, ok := b.w.Values(name, d, d); ok {
		w = v
	} else {
		return nil
	}
	turned := make([]float64, d*d)
	for i := range d {
		for j := range d {
			turned[j*d+i] = w[i*d+j]
		}
	}
	b.matrix(name, turned, make([]float64, d))
	return nil
}

// triangle is the part of a matrix that is kept, with another diagonal.
func triangle(m []float64, d int, kept func(i, j int) bool, diagonal func(i int) float64) []float64 {
	out := make([]float64, d*d)
	for i := range d {
		for j := range d {
			switch {
			case i == j:
				out[i*d+j] = diagonal(i)
			case kept(i, j):
				out[i*d+j] = m[i*d+j]
			}
		}
	}
	return out
}

// product is that of two matrices.
func product(a, b []float64, d int) []float64 {
	out := make([]float64, d*d)
	for i := range d {
		for k := range d {
			for j := range d {
				out[i*d+j] += a[i*d+k] * b[k*d+j]
			}
		}
	}
	return out
}

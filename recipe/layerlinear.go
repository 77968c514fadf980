package recipe

import (
	"diffeo/bijection"
)

func linearLayer(l *Layer, _ int) (bijection.Bijection, error) {
	diagonal, err := scaled(&l.Diagonal)
	return bijection.LULinear{Diagonal: diagonal, Free: take(&l.Free), Negative: take(&l.Negative), NoBias: take(&l.NoBias), OnBase: take(&l.OnBase)}, err
}

func triangularLayer(l *Layer, _ int) (bijection.Bijection, error) {
	diagonal, err := scaled(&l.Diagonal)
	return bijection.Triangular{Diagonal: diagonal, Upper: take(&l.Upper), Normalized: take(&l.Normalized), NoBias: take(&l.NoBias), OnBase: take(&l.OnBase)}, err
}

func qrLayer(l *Layer, _ int) (bijection.Bijection, error) {
	diagonal, err := scaled(&l.Diagonal)
	return bijection.QRLinear{Reflections: take(&l.Reflections), Diagonal: diagonal, NoBias: take(&l.NoBias), OnBase: take(&l.OnBase)}, err
}

func svdLayer(l *Layer, _ int) (bijection.Bijection, error) {
	diagonal, err := scaled(&l.Diagonal)
	return bijection.SVDLinear{Reflections: take(&l.Reflections), Diagonal: diagonal, NoBias: take(&l.NoBias), OnBase: take(&l.OnBase)}, err
}

func planarLayer(l *Layer, _ int) (bijection.Bijection, error) {
	scale, err := scaled(&l.Scale)
	return bijection.Planar{Slope: take(&l.Slope), Scale: scale}, err
}

func radialLayer(l *Layer, _ int) (bijection.Bijection, error) {
	radius, err := scaled(&l.Radius)
	if err != nil {
		return nil, err
	}
	strength, err := scaled(&l.Strength)
	return bijection.Radial{Radius: radius, Strength: strength}, err
}

// bases is the table of names of the bases of Sylvester maps.
var bases = map[string]bijection.Basis{"": bijection.Reflected, "reflected": bijection.Reflected, "orthonormal": bijection.Orthonormal,
	"identity": bijection.Identity, "reversed-axes": bijection.ReversedAxes}

func sylvesterLayer(l *Layer, _ int) (bijection.Bijection, error) {
	basis, err := named("basis", take(&l.Basis), bases)
	return bijection.Sylvester{Basis: basis, Rank: take(&l.Rank), Reflections: take(&l.Reflections)}, err
}

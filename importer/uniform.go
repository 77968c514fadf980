package importer

import (
	"fmt"
	"math"
	"slices"

	"diffeo/fault"
	"diffeo/recipe"
)

// uniformGaussian is the base whose columns are uniform or normal, with a width or a deviation each.
func (b *builder) uniformGaussian(class string, o object) error {
	var a struct {
		Dim   int     `json:"ndim"`
		Ind   ignored `json:"ind"`
		Scale ignored `json:"scale"`
	}
	if err := o.arguments(class, &a); err != nil {
		return err
	}
	if err := b.columns(class, a.Dim); err != nil {
		return err
	}
	shape, _ := b.w.Shape("q0.ind")
	angles := b.integers("q0.ind", 0, b.dim-1, shape...)
	scale, ok := b.w.Values("q0.scale", b.dim)
	b.w.Skip("q0.ind_")
	b.w.Want("q0.inv_perm", b.dim)
	if !ok || angles == nil {
		return nil
	}
	b.base = recipe.ProductBase
	for d, s := range scale {
		switch uniform := slices.Contains(angles, d); {
		case !(s > 0):
			b.w.Problem("parameter %q holds %g and must be positive", "q0.scale", s)
			return nil
		case uniform && math.Abs(s/(2*math.Pi)-1) < 1e-6: // in float32, too
			b.parts = append(b.parts, recipe.LayerBase{Kind: recipe.CircleBase})
		case uniform:
			b.parts = append(b.parts, recipe.LayerBase{Kind: recipe.UniformBase, Low: -s / 2, High: s / 2})
		default:
			b.parts = append(b.parts, recipe.LayerBase{Kind: recipe.DiagonalBase})
			b.w.Set(fmt.Sprintf("base.parts.%d.loc", d), []float64{0})
			b.w.Set(fmt.Sprintf("base.parts.%d.log_scale", d), []float64{math.Log(s)})
		}
	}
	return nil
}

// uniformBase is the uniform base in a box with equal sides.
func (b *builder) uniformBase(class string, o object) error {
	a := struct {
		Shape shape   `json:"shape"`
		Low   float64 `json:"low"`
		High  float64 `json:"high"`
	}{Low: -1, High: 1}
	if err := o.arguments(class, &a); err != nil {
		return err
	}
	if err := b.columns(class, int(a.Shape)); err != nil {
		return err
	}
	if err := counted(class, "shape", b.dim, 1); err != nil { // nothing in the file accounts for more
		return err
	}
	if !(a.Low < a.High) {
		return fmt.Errorf("%w: %s: from %g to %g", fault.ErrConfig, class, a.Low, a.High)
	}
	b.base = recipe.ProductBase
	for range b.dim {
		b.parts = append(b.parts, recipe.LayerBase{Kind: recipe.UniformBase, Low: a.Low, High: a.High})
	}
	return nil
}

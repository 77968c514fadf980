package importer

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/internal/transfer"
	"diffeo/recipe"
)

// spline is the arguments of the splines of nflows and normflows.
type spline struct {
	degree                   int // of polynomials; 0: rational-quadratic
	bins                     int
	tails                    string // "": none
	bound                    float64
	minWidth, minHeight, min float64
}

// leastNone is a smallest height or slope that changes nothing.
const leastNone = 1e-13

// layer is the map of one variable, whose raw slopes are not shifted.
func (s spline) layer(class string) (recipe.LayerMap, error) {
	f := recipe.LayerMap{Kind: recipe.SplineMap, Bins: s.bins, Low: -s.bound, High: s.bound, MinWidth: s.minWidth, MinHeight: s.minHeight,
		MinSlope: s.min, Unshifted: true}
	switch s.degree {
	case 1:
		f.MinWidth, f.MinHeight, f.MinSlope, f.Unshifted = 0, leastNone, 0, false
	case 2:
		f.MinSlope = 0
	case 3:
		f.MinSlope = leastNone
	}
	if s.degree > 0 {
		f.Kind, f.Degree = recipe.PolynomialSplineMap, s.degree
	}
	switch s.tails {
	case "linear":
	case "":
		f.Low, f.High, f.Boxed, f.LearnedEnds = 0, 1, true, s.degree == 0
	default:
		return f, fmt.Errorf("%w: %s: the tails %q cannot be imported; \"linear\" and null can", fault.ErrConfig, class, s.tails)
	}
	if err := counted(class, "num_bins", s.bins, 2); err != nil {
		return f, err
	}
	for name, x := range map[string]float64{"tail_bound": s.bound, "min_bin_width": s.minWidth, "min_bin_height": s.minHeight, "min_derivative": s.min} {
		if !(x > 0) {
			return f, fmt.Errorf("%w: %s: %q is %g and must be above 0", fault.ErrConfig, class, name, x)
		}
	}
	return f, nil
}

// knots are the parameters of one kind of a column.
type knots struct {
	name    string // where they are learned directly
	n       int
	divided bool // in couplings, by the root of the number of hidden units
}

// parts are the parameters of a column, in the order of their network and of our map.
func (s spline) parts() []knots {
	ends := 1 // the slopes at both ends of a box are parameters, those that join lines are not
	if s.tails == "linear" {
		ends = -1
	}
	widths, heights := knots{"unnormalized_widths", s.bins, true}, knots{"unnormalized_heights", s.bins, true}
	switch s.degree {
	case 1:
		return []knots{{"unnormalized_pdf", s.bins, false}}
	case 2:
		heights.n += ends
		return []knots{widths, heights}
	case 3:
		return []knots{widths, heights, {"unnorm_derivatives_left", 1, false}, {"unnorm_derivatives_right", 1, false}}
	}
	return []knots{widths, heights, {"unnormalized_derivatives", s.bins + ends, false}}
}

// params is the number of parameters of a column.
func (s spline) params() int {
	n := 0
	for _, p := range s.parts() {
		n += p.n
	}
	return n
}

// splineAutoregressive adds a masked spline. Its widths and heights are those that the network gives.
func (b *builder) splineAutoregressive(m made, s spline) error {
	f, err := s.layer(m.class)
	if err != nil {
		return err
	}
	m.outs = transfer.Ascending(s.params())
	return b.autoregressive(m, f, false)
}

// splineCoupling adds a coupling of splines, whose widths and heights are divided by the root of the number of hidden units, and before
// it, towards the base, if it is wanted, learned splines of the columns that pass. The network reads these as they are in the data.
func (b *builder) splineCoupling(theirs string, n resnet, s spline, unconditional bool) error {
	f, err := s.layer(n.class)
	if err != nil {
		return err
	}
	if unconditional {
		b.unconditional(theirs, f, s)
	}
	divided := 1 / math.Sqrt(float64(max(1, n.hidden)))
	if s.degree == 0 {
		f.BinScale = divided
	} else {
		for _, p := range s.parts() {
			for range p.n {
				if !p.divided {
					n.factors = append(n.factors, 1)
					continue
				}
				n.factors = append(n.factors, divided)
			}
		}
	}
	n.theirs, n.outs, n.columnMajor = theirs+"transform_net.", s.params(), true
	return b.coupling(theirs, n, f)
}

// unconditional adds the learned splines of the columns that pass.
func (b *builder) unconditional(theirs string, f recipe.LayerMap, s spline) {
	passed, _, ok := b.split(theirs)
	if !ok {
		return
	}
	if len(passed) == 0 {
		b.w.Skip(theirs + "unconditional_transform.")
		return
	}
	b.splineCDF(theirs+"unconditional_transform.", f, s, passed)
}

// splineCDF adds learned splines of some columns.
func (b *builder) splineCDF(theirs string, f recipe.LayerMap, s spline, columns []int) {
	theta := b.add(recipe.Layer{Kind: recipe.StaticLayer, Columns: columns, Map: &f}) + "theta"
	row := 0
	for _, p := range s.parts() {
		if b.w.Want(theirs+p.name, len(columns), p.n) {
			b.w.Columns(theta, row, theirs+p.name, len(columns), p.n)
		}
		row += p.n
	}
}

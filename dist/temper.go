package dist

import (
	"fmt"
	"math"
	"strings"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/param"
)

// Scaler is a Bound with a temperature.
type Scaler interface {
	Bound
	// Scaled is the density of the same parameters with its deviations multiplied by t, a finite number above 0. See Tempered.
	Scaled(t float64) (Bound, error)
}

// Tempered is a base at a temperature T: below 1 its draws lie nearer to its centres, and those of a flow on it nearer to where the flow has
// most of its mass; above 1 they lie farther out (reduced-temperature models: Parmar et al., arXiv 1802.05751; Kingma and Dhariwal, arXiv
// 1807.03039, section 6, whose factor on the deviations of a normal this is). What is scaled is the base. The density of draws is not p(x)^(1/T²) of the
// flow, unless the log-determinant of its transform is the same everywhere.
//
//	normals of every kind          x = loc + T·L·z: deviations times T, which is p^(1/T²) normalized
//	Laplace, Logistic, StudentT    scale times T
//	Mixture, MixtureOf             every component at T, in its place and with its weight
//	Product                        every part at T
//	VonMises                       κ/T², which is p^(1/T²) normalized
//
// Uniform and UniformCircle have no centre, and the accepted region of Resampled does not scale with its proposals: at T ≠ 1 Bind refuses them,
// and whatever else is no Scaler. The parameters are those of Base, under the same names.
type Tempered struct {
	Base Distribution
	T    float64 // above 0; 1 changes nothing
}

// Bind implements Distribution. Errors: those of Base; a temperature that is not a finite number above 0; a base without one.
func (d Tempered) Bind(s *param.Scope, cond graph.Shape) (Bound, error) {
	if !(d.T > 0) || math.IsInf(d.T, 1) { // also NaN
		return nil, fmt.Errorf("%w: a temperature of %g: give a number above 0; 1 leaves the density as it is", fault.ErrConfig, d.T)
	}
	if d.Base == nil {
		return nil, fmt.Errorf("%w: a temperature without a base", fault.ErrConfig)
	}
	b, err := d.Base.Bind(s, cond)
	if err != nil || d.T == 1 {
		return b, err
	}
	return scaled(b, d.T)
}

func scaled(b Bound, t float64) (Bound, error) {
	if s, ok := b.(Scaler); ok {
		return s.Scaled(t)
	}
	kind := fmt.Sprintf("%T", b)
	kind = kind[strings.LastIndex(kind, ".")+1:]
	return nil, fmt.Errorf("%w: a base density of kind %q has no temperature: its draws do not spread about a centre in a measure that could be scaled; take temperature 1",
		fault.ErrConfig, kind)
}

// scaledParts scales densities that another one is made of.
func scaledParts(what string, parts []Bound, t float64) ([]Bound, error) {
	out := make([]Bound, len(parts))
	for i, p := range parts {
		var err error
		if out[i], err = scaled(p, t); err != nil {
			return nil, fmt.Errorf("%s %d: %w", what, i, err)
		}
	}
	return out, nil
}

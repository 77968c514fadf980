package scalar

import (
	"fmt"
	"math"

	"diffeo/fault"
	"diffeo/graph"
)

// Scale turns an unbounded number into a positive factor.
type Scale interface {
	// Factor is the factor and its logarithm, both finite for every finite raw number.
	Factor(raw graph.Value) (factor, log graph.Value)
	// Check reports a field out of its domain, as an error that wraps fault.ErrConfig.
	Check() error
}

// bounded is a scale that is e to a bounded power.
type bounded interface {
	logScale() (graph.LogScale, float64)
}

// BoundedExp is s = exp(B·tanh(raw/B)): like exp near 0, and within e^±B everywhere, so that neither a deep chain nor a wild
// parameter overflows.
type BoundedExp struct {
	Bound float64 // B > 0; 0 means 7, a factor between 1/1097 and 1097
}

// Factor implements Scale.
func (e BoundedExp) Factor(raw graph.Value) (factor, log graph.Value) {
	bound := e.bound()
	log = graph.Scale(graph.Tanh(graph.Scale(raw, 1/bound)), bound)
	return graph.Exp(log), log
}

func (e BoundedExp) logScale() (graph.LogScale, float64) { return graph.TanhScale, e.bound() }

func (e BoundedExp) bound() float64 {
	if e.Bound == 0 {
		return 7
	}
	return e.Bound
}

// Check implements Scale.
func (e BoundedExp) Check() error {
	return within("the bound of the log-scale", e.bound(), 0, expLimit)
}

// SoftClipExp is s = exp(raw / (1 + |raw/log Slope|)): within Slope … 1/Slope. It is zuko's affine transform.
type SoftClipExp struct {
	Slope float64 // between 0 and 1; 0 means 10⁻³
}

// Factor implements Scale.
func (e SoftClipExp) Factor(raw graph.Value) (factor, log graph.Value) {
	_, bound := e.logScale()
	log = graph.Div(raw, graph.Offset(graph.Scale(graph.Abs(raw), 1/bound), 1))
	return graph.Exp(log), log
}

func (e SoftClipExp) logScale() (graph.LogScale, float64) {
	return graph.SoftScale, -math.Log(e.slope())
}

func (e SoftClipExp) slope() float64 {
	if e.Slope == 0 {
		return 1e-3
	}
	return e.Slope
}

// Check implements Scale.
func (e SoftClipExp) Check() error {
	return within("the slope of the soft clip", e.slope(), math.Exp(-expLimit), 1)
}

// expLimit is the largest |log-scale|: e^±60 and its square root are far inside float32.
const expLimit = 60

// PlainExp is s = e^raw, with raw held within ±60 so that s and 1/s are finite in float32. For models of other libraries:
// nothing keeps a deep chain of these from overflowing.
type PlainExp struct{}

// Factor implements Scale.
func (PlainExp) Factor(raw graph.Value) (factor, log graph.Value) {
	log = graph.Clamp(raw, -expLimit, expLimit)
	return graph.Exp(log), log
}

// Check implements Scale.
func (PlainExp) Check() error { return nil }

// Softplus is s = log(1 + e^(raw+Shift)) + Floor (nflows' autoregressive affine: Shift 0, Floor 10⁻³). At raw = 0 the zero
// value gives s = 0.69; UnitSoftplus gives s = 1. With a Bound B the raw number counts as B·tanh(raw/B): a chain of maps whose factors grow with the column would
// send a wild point further off with each, like x to the power of 2ⁿ.
type Softplus struct {
	Floor float64 // > 0; 0 means 10⁻³
	Shift float64
	Bound float64 // ≥ 0, below 10³⁰: about the largest factor; 0: there is none
}

// UnitSoftplus is the Softplus with the shift that makes s = 1 at raw = 0, for a floor between 0 and 1 (flowjax: 10⁻²).
func UnitSoftplus(floor float64) Softplus {
	return Softplus{Floor: floor, Shift: math.Log(math.Expm1(1 - floor))}
}

// Factor implements Scale.
func (e Softplus) Factor(raw graph.Value) (factor, log graph.Value) {
	if e.Bound > 0 {
		raw = graph.Scale(graph.Tanh(graph.Scale(raw, 1/e.Bound)), e.Bound)
	}
	factor = graph.Offset(graph.Softplus(graph.Offset(raw, e.Shift)), e.floor())
	return factor, graph.Log(factor)
}

func (e Softplus) floor() float64 {
	if e.Floor == 0 {
		return 1e-3
	}
	return e.Floor
}

// Check implements Scale.
func (e Softplus) Check() error {
	if err := within("the floor of the scale", e.floor(), 1e-20, 1); err != nil {
		return err
	}
	if e.Bound != 0 {
		if err := within("the bound of the scale", e.Bound, 0, 1e30); err != nil {
			return err
		}
	}
	return within("the shift before softplus", e.Shift, -expLimit, expLimit)
}

// Sigmoid is s = 1/(1+e^−(raw+Shift)) + Floor, a contraction (nflows' couplings: Shift 2, Floor 10⁻³; normflows: Shift 2, no
// floor). With Shift 2 it gives s = 0.88 at raw = 0: near the identity, not on it.
type Sigmoid struct {
	Floor float64 // ≥ 0; with 0 the factor is held above e^−60
	Shift float64
}

// Factor implements Scale.
func (e Sigmoid) Factor(raw graph.Value) (factor, log graph.Value) {
	shifted := graph.Offset(raw, e.Shift)
	if e.Floor == 0 { // log σ(z) = −softplus(−z), without cancellation
		shifted = graph.Clamp(shifted, -expLimit, expLimit)
		return graph.Sigmoid(shifted), graph.Neg(graph.Softplus(graph.Neg(shifted)))
	}
	factor = graph.Offset(graph.Sigmoid(shifted), e.Floor)
	return factor, graph.Log(factor)
}

// Check implements Scale.
func (e Sigmoid) Check() error {
	if e.Floor != 0 {
		if err := within("the floor of the scale", e.Floor, 1e-20, 1); err != nil {
			return err
		}
	}
	return within("the shift before the sigmoid", e.Shift, -expLimit, expLimit)
}

// within reports x outside the open interval, or NaN.
func within(what string, x, low, high float64) error {
	if x > low && x < high {
		return nil
	}
	return fmt.Errorf("%w: %s is %g and must lie between %g and %g", fault.ErrConfig, what, x, low, high)
}

// Package bijection holds diffeomorphisms of vectors (and images), one per file. Direction is stated once, in the root package:
// Forward goes from the base to the data, Inverse from the data to the base.
package bijection

import (
	"diffeo/graph"
	"diffeo/param"
)

// Bijection describes a map; it is immutable and holds no weights. Binding gives it shapes and names of parameters.
type Bijection interface {
	// Bind declares the map's parameters in s for values of the base shape under a condition of shape cond (nil: none).
	// It fails with fault.ErrConfig or fault.ErrShape where the map cannot work on that shape.
	Bind(s *param.Scope, base, cond graph.Shape) (Bound, error)
}

// Bound is a map ready to be written into graphs.
type Bound interface {
	// DataShape is the shape of Forward's result.
	DataShape() graph.Shape
	// Forward is x = T(u) with logDet = log |det ∂x/∂u|, of shape []. cond is the zero Value where there is no condition.
	Forward(b *graph.Builder, u, cond graph.Value) (x, logDet graph.Value)
	// Inverse is u = T⁻¹(x) with logDet = log |det ∂u/∂x|.
	Inverse(b *graph.Builder, x, cond graph.Value) (u, logDet graph.Value)
}

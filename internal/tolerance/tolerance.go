// Package tolerance is the one table of how far computed numbers may lie from the truth, by number type. A test that needs more says
// why beside its factor.
package tolerance

// Row holds the tolerances of one number type: absolute up to magnitude 1, relative beyond.
type Row struct {
	Value      float64 // of a result after a few dozen operations, against float64
	Gradient   float64 // of a derivative, relative to the largest of its kind
	Difference float64 // of a derivative against a central difference in float64
}

// The number types.
var (
	Float64 = Row{Value: 1e-10, Gradient: 1e-9, Difference: 1e-6}
	Float32 = Row{Value: 1e-4, Gradient: 1e-3, Difference: 1e-3}
)

// Of is the row of a number type.
func Of(float32 bool) Row {
	if float32 {
		return Float32
	}
	return Float64
}

// Package tolerance is the one table of how far computed numbers may lie from the truth, by number type. Golden cases alone bring
// tolerances of their own, in their files. A test that needs more multiplies a number of the table and says why beside the factor.
package tolerance

// Row holds the tolerances of one number type. The bounds are for single ops and small graphs, compared element by element with
// the float64 reference; Piece and Difference are for whole maps, densities and networks. These are plain numbers: absolute up to
// magnitude 1, relative beyond.
type Row struct {
	Value    Bound // results of one op, or of a few
	Gradient Bound // first derivatives, which sum products of values
	Second   Bound // second derivatives
	LogDet   Bound // log-determinants and log-densities: sums over features

	Piece      float64 // results of some dozens of ops one after the other, some of them ill-conditioned (a round trip, a log-determinant)
	Difference float64 // derivatives of a piece against central differences; the step's error, not the type's, decides in float64
}

// The table. Float32 has a unit roundoff of 6e-8 and float64 of 1.1e-16; there is room for sums of some hundred terms of order
// one, with partly cancelling signs, and for pieces besides for a condition number of some ten.
var (
	Float32 = Row{
		Value:    Bound{5e-6, 5e-6},
		Gradient: Bound{5e-5, 2e-5},
		Second:   Bound{2e-4, 1e-4},
		LogDet:   Bound{2e-5, 1e-5},

		Piece:      1e-4,
		Difference: 1e-3,
	}
	Float64 = Row{
		Value:    Bound{1e-13, 1e-13},
		Gradient: Bound{1e-12, 1e-12},
		Second:   Bound{5e-12, 5e-12},
		LogDet:   Bound{1e-12, 1e-12},

		Piece:      1e-10,
		Difference: 1e-6,
	}

	// FiniteDifference is for derivatives of ops against central differences of fourth order with a step near 1e-3, of functions
	// whose derivatives are of order one. Both are computed in float64 whatever the engine.
	FiniteDifference = Bound{1e-7, 1e-7}
)

// Of is the row of a number type.
func Of[T float32 | float64]() Row {
	var x T
	if _, ok := any(x).(float32); ok {
		return Float32
	}
	return Float64
}

// Order is the bound for derivatives of an order: 0 for values, 1 and 2.
func (r Row) Order(order int) Bound { return [...]Bound{r.Value, r.Gradient, r.Second}[order] }

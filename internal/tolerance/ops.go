package tolerance

// Ops holds the bounds of one number type for the op table: single ops and small graphs, compared element by element with the
// float64 reference.
type Ops struct {
	Value    Bound // results of one op, or of a few
	Gradient Bound // first derivatives, which sum products of values
	Second   Bound // second derivatives
	LogDet   Bound // log-determinants and log-densities: sums over features
}

// The bounds. Float32 has a unit roundoff of 6e-8 and float64 of 1.1e-16; there is room for sums of some hundred terms of
// order one, with partly cancelling signs.
var (
	Ops32 = Ops{
		Value:    Bound{5e-6, 5e-6},
		Gradient: Bound{5e-5, 2e-5},
		Second:   Bound{2e-4, 1e-4},
		LogDet:   Bound{2e-5, 1e-5},
	}
	Ops64 = Ops{
		Value:    Bound{1e-13, 1e-13},
		Gradient: Bound{1e-12, 1e-12},
		Second:   Bound{5e-12, 5e-12},
		LogDet:   Bound{1e-12, 1e-12},
	}
	// FiniteDifference is for central differences of fourth order in float64 with a step near 1e-3, of functions whose
	// derivatives are of order one.
	FiniteDifference = Bound{1e-7, 1e-7}
)

// OpsOf holds the bounds of a number type.
func OpsOf[T float32 | float64]() Ops {
	var x T
	if _, ok := any(x).(float32); ok {
		return Ops32
	}
	return Ops64
}

// Order is the bound for derivatives of an order: 0 for values, 1 and 2.
func (t Ops) Order(order int) Bound { return [...]Bound{t.Value, t.Gradient, t.Second}[order] }

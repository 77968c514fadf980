package check

import (
	"math"

	"diffeo/model"
)

// What is not a number, and the log of nothing.
var nan, negInf = math.NaN(), math.Inf(-1)

// The bounds. Two numbers decide about maps and log-determinants: one computed in float64, where rounding is far below the bound, so
// that what exceeds it is a mistake; and one in the model's own precision, where what exceeds its bound, while float64 does not, is rounding
// that the map amplifies.
const (
	// A round trip in float64, relative to max(1, |x|). Rounding is some 1e-16 times the map's condition number; fitted flows have
	// 1e3 to 1e6, so that 1e-6 leaves room for 1e10.
	exactRoundTrip = 1e-6
	// The share of rows that may exceed it: outliers are where maps are steepest.
	exactShare = 0.01
	// Half of the rows off by so much in the model's own precision: draws and scores do not belong together.
	uselessRoundTrip = 0.01

	// A log-determinant in float64 against differences, in nats: differences leave some 1e-8 of each derivative. What a row's own
	// differences leave uncertain is added threefold.
	exactLogDet = 1e-4
	// Rows whose differences are less certain than this are left out.
	certainLogDet = 1e-3
	// A log-determinant in float32, in nats: a hundredth of a nat changes no conclusion from a log-density.
	roundedLogDet = 0.01
	// Half of the rows off by so much in the model's own precision, in nats.
	uselessLogDet = 0.1

	// The log-density in the data's units against the flow's and differences of the preprocessing, in nats. Both score the same rounded
	// point, so that only the differences' error is left.
	preprocessingError = 1e-5

	// Rows of the table whose log-density is not finite.
	finiteShare = 0.99

	// An integral by quadrature, and the part of the bound of a sampled one that does not shrink with more draws: float32
	// scores of points far out are off by some 1e-4.
	integralError = 1e-3
	// A quadrature whose last refinement changed more than this tells nothing.
	quadratureChange = 5e-4
	// Standard errors at which a sampled integral warns and fails: by chance once in 16,000 and in 500 million times.
	warnSigma, failSigma = 4, 6
	// What a sampled integral needs to be believed: effective draws, and the largest share of one draw.
	enoughESS, largestShare = 500, 0.05
	// And to pass, its standard error: then an error of some 5 % would have been seen.
	certainIntegral = 0.0125
	// Points are added, up to so many times those asked for, where a pilot run says that they are needed for this.
	mostDraws = 8

	// The probability that any of the coordinates of a true model is called off.
	pitLevel = 0.01
	// Distances of distribution functions that do not matter, and that make a model useless, whatever their significance: with
	// enough rows every model is refuted.
	smallDistance, largeDistance = 0.01, 0.1
	// The checks of the table's distribution besides PIT share that level once more: so many, each with its part.
	sharing     = 6
	sharedLevel = pitLevel / sharing
	// The accuracy of a classifier, above one half, that does not matter, and the accuracy that makes a model useless: distributions that can be told from each
	// other in 65 % of cases differ by a probability of 0.3 or more somewhere.
	smallAccuracy, largeAccuracy = 0.02, 0.65
	// The energy distance, as a share. Normal columns that are all off by d deviations have some d²/4: these are 0.06 and a quarter, at which
	// distribution functions differ by 0.025 and by 0.1.
	smallEnergy, largeEnergy = 0.001, 0.0156
	// So many times as many rows beyond a quantile, or so many times fewer.
	largeTail = 5
	// Rows that distribution functions are compared from.
	enoughRows = 50
)

// roundedRoundTrip is what 99 % of round trips in a precision stay under: 1e-3 of a standard deviation moves no row visibly, and is
// what float32 gives at a condition number of some 1e4.
func roundedRoundTrip(precision string) float64 {
	if precision == model.Float64 {
		return exactRoundTrip
	}
	return 1e-3
}

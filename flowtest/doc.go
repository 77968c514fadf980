// Package flowtest holds conformance suites: one call proves that a scalar map, a bijection, a base density, a conditioner or a whole
// flow keeps the promises of its interface. They test the theorem first and numbers second: both round trips, the log-determinant
// against the Jacobian by finite differences and by differentiation in each direction, gradients to points, conditions and every
// parameter, extreme and out-of-support points, the integral of a density, samples against the density. Use them for your own pieces too:
//
//	func TestMyMap(t *testing.T) { flowtest.Scalar(t, MyMap{}, flowtest.Options{}) }
//
// Truth is the float64 interpreter, package ref. Options.Engine puts another engine to the same test.
package flowtest

package flowtest

import (
	"testing"

	"diffeo/bijection"
	"diffeo/scalar"
)

func TestBijections(t *testing.T) {
	Bijection(t, bijection.Autoregressive{}, Options{Context: 2})
}
func TestScalars(t *testing.T) {
	for _, m := range []scalar.Map{scalar.Additive{}, scalar.Affine{}, scalar.Exp{}, scalar.Affine{Scale: scalar.Softplus{}, Form: scalar.CenterData}, scalar.Affine{Scale: scalar.PlainExp{}, Form: scalar.ScaleData}, scalar.Affine{Scale: scalar.Sigmoid{}}} {
		Scalar(t, m, Options{})
	}
}

package flowtest

import (
	"math"
	"testing"

	"diffeo/graph"
	"diffeo/scalar"
)

// Options say how a piece is tested. The zero value tests it on vectors of three columns without a condition, on the float64
// interpreter.
type Options struct {
	Engine  Engine // nil: Reference
	Float32 bool   // the engine computes in float32: points and weights are rounded to it and the tolerances are its own
	Seed    uint64 // of points and weights; 0: 1

	Dim     int             // columns; 0: 3 (Flow and Distribution know theirs)
	Shape   graph.Shape     // of the values of a Bijection that are no vectors, and what an ImageConditioner reads; nil: Dim columns
	Context int             // columns of the condition; 0: none
	Picture graph.Shape     // of the condition of an ImageConditioner that is an image; nil: Context columns
	Domain  scalar.Interval // of base points given to a Bijection; the zero value: ℝ

	Slack  float64 // factor on the tolerance of values; 0: 1
	Reason string  // why Slack is not 1; needed then

	FarFromIdentity string // reason why the piece does not begin near the identity; "": it must
	Circle          bool   // a scalar map turns a circle: where its values pass the end of the codomain they go on at the other end
	FixedColumns    bool   // the Conditioner is made for Dim columns and no other number
	PartialContext  string // reason why some parameters of a Masked network do not see the condition; "": all must
}

func (o Options) defaults(t testing.TB) Options {
	t.Helper()
	if o.Engine == nil {
		o.Engine = Reference
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Dim == 0 {
		o.Dim = 3
	}
	if o.Shape != nil {
		o.Dim = o.Shape.Size()
	}
	if o.Picture != nil {
		o.Context = o.Picture.Size()
	}
	if o.Slack == 0 {
		o.Slack = 1
	}
	if o.Domain == (scalar.Interval{}) {
		o.Domain = scalar.Interval{Low: math.Inf(-1), High: math.Inf(1)}
	}
	if o.Slack != 1 && o.Reason == "" {
		t.Fatal("flowtest: Options.Slack needs a Reason")
	}
	t.Logf("seed %d", o.Seed)
	return o
}

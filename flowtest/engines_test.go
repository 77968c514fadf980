package flowtest_test

import (
	"testing"

	"diffeo/flowtest"
)

// eachWay runs a row of the table on every engine.
func eachWay(t *testing.T, name string, o flowtest.Options, suite func(t *testing.T, o flowtest.Options)) {
	for _, w := range []struct {
		name    string
		engine  flowtest.Engine
		float32 bool
	}{
		{"ref", flowtest.Reference, false},
		{"cpu in float64", flowtest.Compiled[float64](), false},
		{"cpu in float32", flowtest.Compiled[float32](), true},
	} {
		if testing.Short() && w.name != "cpu in float64" { // the others are as long again each
			continue
		}
		t.Run(name+"/"+w.name, func(t *testing.T) {
			o := o
			o.Engine, o.Float32 = w.engine, w.float32
			suite(t, o)
		})
	}
}

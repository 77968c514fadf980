package golden

import "diffeo/flowtest"

// way is one way to compute.
type way struct {
	name    string
	run     flowtest.Engine
	float32 bool
}

// ways lists those in which every case is computed.
var ways = []way{
	{"ref", flowtest.Reference, false},
	{"cpu in float64", flowtest.Compiled[float64](), false},
	{"cpu in float32", flowtest.Compiled[float32](), true},
}

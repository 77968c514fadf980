package scalar

import "math"

// Line is the whole of ℝ.
var Line = Interval{math.Inf(-1), math.Inf(1)}

package flowtest

import "diffeo/internal/tolerance"

// limits are the tolerances of one subject.
type limits struct{ value, difference float64 }

func (s *subject) tolerance() limits {
	row := tolerance.Float64
	if s.o.Float32 {
		row = tolerance.Float32
	}
	return limits{row.Piece * s.o.Slack, row.Difference * s.o.Slack}
}

package flowtest

import "diffeo/internal/tolerance"

// limits are the tolerances of one subject.
type limits struct{ value, difference float64 }

func (s *subject) tolerance() limits {
	row := tolerance.Of(s.o.Float32)
	return limits{row.Value * s.o.Slack, row.Difference * s.o.Slack}
}

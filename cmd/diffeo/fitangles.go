package main

import (
	"fmt"
	"math"
	"strings"

	"diffeo/data"
	"diffeo/fault"
)

// circles is the recipe whose columns are angles, beside which there may be numbers.
const circles = "ncsf"

// angles decides which columns are angles for the recipe that is made for them, and leaves those in radians: a circle has a size of its own. A
// column is one if its last step is circular, or if it is taken as it is and lies within ±π.
func (f *fit) angles(t data.Table, specs []data.Spec) error {
	if f.recipe != circles {
		return nil
	}
	f.config.Angles = nil
	var others []string
	for i := range specs {
		s, name := &specs[i], t.Columns[i]
		low, high := extent(t, i)
		circular, err := inRadians(name, s)
		switch {
		case err != nil:
			return err
		case circular:
		case len(s.Steps) == 0 && s.Scale == data.ScaleNone && low >= -math.Pi && high <= math.Pi:
		default:
			others = append(others, fmt.Sprintf("column %s: from %.4g to %.4g", name, low, high))
			continue
		}
		f.config.Angles = append(f.config.Angles, i)
	}
	if len(others) == len(specs) {
		return fmt.Errorf("%w: the recipe %s is for angles, and no column of %s is one that is plain to see (%s); an angle goes all the way round, from 0 or from half a turn below it, "+
			"in degrees or radians: say which columns are angles by --column NAME=circular:360 (radians: circular:2pi), or take another recipe",
			fault.ErrConfig, circles, t.Source, strings.Join(others, "; "))
	}
	for _, text := range others {
		f.remark("%s, a number and no angle (an angle: --column NAME=circular:360, or circular:2pi)\n", text)
	}
	if len(others) == 0 {
		f.config.Angles = nil // all
	}
	return nil
}

// contextAngles notes which columns of a context are angles, those whose last step is circular: every recipe sees their cosines and sines.
func (f *fit) contextAngles(t data.Table, specs []data.Spec) error {
	f.config.ContextAngles = nil
	for i := range specs {
		circular, err := inRadians(t.Columns[i], &specs[i])
		if err != nil {
			return err
		}
		if circular {
			f.config.ContextAngles = append(f.config.ContextAngles, i)
		}
	}
	return nil
}

// inRadians reports whether a column is an angle, whose last step is circular, and leaves it in radians.
func inRadians(name string, s *data.Spec) (bool, error) {
	n := len(s.Steps)
	if n == 0 || s.Steps[n-1].Kind != data.Circular {
		return false, nil
	}
	if s.Scale != "" && s.Scale != data.ScaleNone {
		return true, usagef("--column %s=%v: an angle is left in radians: leave +%s out", name, *s, s.Scale)
	}
	s.Scale = data.ScaleNone
	return true, nil
}

// extent is the least and the greatest number of a column.
func extent(t data.Table, col int) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for r := range t.Values.Rows {
		x := t.Values.Row(r)[col]
		low, high = min(low, x), max(high, x)
	}
	return low, high
}

package data

import (
	"fmt"
	"math"
	"strings"

	"diffeo/fault"
)

// The kinds of a Step.
const (
	Log        = "log"        // y = ln(x + offset)
	Logit      = "logit"      // y = ln((x − low)/(high − x))
	Bounded    = "bounded"    // y = x + ln((1 − e^−t)/(1 − e^−s))·w/20 with w = high − low, t = 20·(x − low)/w, s = 20·(high − x)/w
	Dequantize = "dequantize" // y = x + width·u, u uniform in (0, 1), for x on the grid of the offset + k·width
	Circular   = "circular"   // y = 2π·((x − cut)/period mod 1) − π
)

// Step is a bijection of one variable, x ↦ y, with an exact log |dy/dx|. A column's steps are a part of its model, so a Step is plain
// data: a kind and its numbers. Numbers of other kinds are 0.
//
//	kind        numbers               support of x      log |dy/dx|
//	log         offset                x > −offset       −ln(x + offset)
//	logit       low < high            low < x < high    ln((high − low)/((x − low)(high − x)))
//	bounded     low < high            low < x < high    ln((1 − e⁻²⁰)/((1 − e^−t)(1 − e^−s)))
//	dequantize  width > 0, offset     offset + k·width  0
//	circular    period > 0, low, cut  all x, modulo     ln(2π/period)
//
// The way back gives numbers of the support, whatever y is: rounding and overflow end at the last number inside. Dequantization goes
// back by rounding down to the grid. A circular column goes back into [low, low + period); cut is the place of the circle that
// becomes both ends of [−π, π).
type Step struct {
	Kind   string  `json:"kind"`
	Offset float64 `json:"offset,omitempty"`
	Low    float64 `json:"low,omitempty"`
	High   float64 `json:"high,omitempty"`
	Width  float64 `json:"width,omitempty"`
	Period float64 `json:"period,omitempty"`
	Cut    float64 `json:"cut,omitempty"`
}

// stepKind is what the code knows of a kind: its fields, and the two directions. apply reports whether x is in the support; u is the
// noise of dequantization, others ignore it.
type stepKind struct {
	fields  []string
	bad     func(s Step) bool
	needs   string
	apply   func(s Step, x, u float64) (y, logDet float64, ok bool)
	invert  func(s Step, y float64) float64
	support func(s Step) string
}

var stepKinds = map[string]stepKind{
	Log: {
		[]string{"offset"}, func(Step) bool { return false }, "",
		applyLog, invertLog, func(s Step) string { return fmt.Sprintf("x > %v", 0-s.Offset) },
	},
	Logit: {
		[]string{"low", "high"}, noInterval, "low < high",
		applyLogit, invertLogit, describeInterval,
	},
	Bounded: {
		[]string{"low", "high"}, noInterval, "low < high",
		applyBounded, invertBounded, describeInterval,
	},
	Dequantize: {
		[]string{"width", "offset"}, func(s Step) bool { return !(s.Width > 0) }, "width > 0",
		applyDequantize, invertDequantize, describeGrid,
	},
	Circular: {
		[]string{"period", "low", "cut"}, func(s Step) bool { return !(s.Period > 0) }, "period > 0",
		applyCircular, invertCircular, func(s Step) string { return fmt.Sprintf("angles of period %v", s.Period) },
	},
}

// Check reports a step that is none: an unknown kind, a number that is not finite, of another kind, or out of its domain. Errors wrap
// fault.ErrConfig.
func (s Step) Check() error {
	kind, ok := stepKinds[s.Kind]
	if !ok {
		return fmt.Errorf("%w: there is no preprocessing %.40q; there are log, logit, bounded, dequantize and circular", fault.ErrConfig, s.Kind)
	}
	for _, field := range []struct {
		name  string
		value float64
	}{{"offset", s.Offset}, {"low", s.Low}, {"high", s.High}, {"width", s.Width}, {"period", s.Period}, {"cut", s.Cut}} {
		if !finite(field.value) {
			return fmt.Errorf("%w: %s with %s %v: a finite number is needed", fault.ErrConfig, s.Kind, field.name, field.value)
		}
		if field.value != 0 && !strings.Contains(strings.Join(kind.fields, " "), field.name) {
			return fmt.Errorf("%w: %s has no %s", fault.ErrConfig, s.Kind, field.name)
		}
	}
	if kind.bad(s) {
		return fmt.Errorf("%w: %v needs %s", fault.ErrConfig, s, kind.needs)
	}
	return nil
}

// Apply maps x to y. u is the noise of dequantization, in (0, 1). Where x is not in the support ok is false.
func (s Step) Apply(x, u float64) (y, logDet float64, ok bool) {
	return stepKinds[s.Kind].apply(s, x, u)
}

// Invert maps y back to an x of the support.
func (s Step) Invert(y float64) float64 { return stepKinds[s.Kind].invert(s, y) }

// String describes the step.
func (s Step) String() string {
	switch s.Kind {
	case Log:
		if s.Offset == 0 {
			return "log(x)"
		}
		return fmt.Sprintf("log(x%+g)", s.Offset)
	case Logit:
		return fmt.Sprintf("logit of (%g, %g)", s.Low, s.High)
	case Bounded:
		return fmt.Sprintf("bounded by (%g, %g)", s.Low, s.High)
	case Dequantize:
		if s.Offset != 0 {
			return fmt.Sprintf("dequantized by %g from %g", s.Width, s.Offset)
		}
		return fmt.Sprintf("dequantized by %g", s.Width)
	case Circular:
		return fmt.Sprintf("circular with period %g in [%g, %g), cut at %g", s.Period, s.Low, s.Low+s.Period, s.Cut)
	}
	return s.Kind
}

func applyLog(s Step, x, _ float64) (y, logDet float64, ok bool) {
	y = math.Log(x + s.Offset)
	return y, -y, x > -s.Offset && finite(y)
}

func invertLog(s Step, y float64) float64 {
	return between(math.Exp(y)-s.Offset, -s.Offset, math.Inf(1))
}

func applyCircular(s Step, x, _ float64) (y, logDet float64, ok bool) {
	turn := modulo(x-s.Cut, s.Period) / s.Period
	return 2*math.Pi*turn - math.Pi, math.Log(2 * math.Pi / s.Period), finite(turn)
}

func invertCircular(s Step, y float64) float64 {
	x := s.Cut + s.Period*(y+math.Pi)/(2*math.Pi)
	if !finite(x) {
		return s.Low // no digit of an angle is left
	}
	x = s.Low + modulo(x-s.Low, s.Period)
	if !(x < s.Low+s.Period) {
		return s.Low
	}
	return x
}

// modulo is the remainder in [0, n).
func modulo(x, n float64) float64 {
	r := math.Mod(x, n)
	if r < 0 {
		r += n
	}
	if r >= n { // −tiny + n
		return 0
	}
	return r
}

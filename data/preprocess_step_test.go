package data

import (
	"errors"
	"math"
	"strconv"
	"testing"

	"diffeo/fault"
	"pgregory.net/rapid"
)

// drawStep draws a step and a number of its support, not so close to an end that float64 has no digits left.
func drawStep(t *rapid.T) (s Step, x float64) {
	unit := rapid.Float64Range(1e-6, 1-1e-6)
	size := math.Pow(10, rapid.Float64Range(-3, 3).Draw(t, "size"))
	shift := size * rapid.Float64Range(-3, 3).Draw(t, "shift")
	switch kind := rapid.SampledFrom([]string{Log, Logit, Bounded, Dequantize, Circular}).Draw(t, "kind"); kind {
	case Log:
		return Step{Kind: kind, Offset: -shift}, shift + size*math.Exp(rapid.Float64Range(-9, 9).Draw(t, "x"))
	case Logit, Bounded:
		s = Step{Kind: kind, Low: shift, High: shift + size}
		return s, s.Low + size*unit.Draw(t, "x")
	case Dequantize:
		width := rapid.SampledFrom([]float64{1, 0.1, 0.01, 0.25, 5, 1e-4}).Draw(t, "width")
		offset := width * rapid.SampledFrom([]float64{0, 0.5, -0.25, 1.0 / 3, 17.2}).Draw(t, "offset")
		return Step{Kind: kind, Width: width, Offset: offset}, offset + width*float64(rapid.IntRange(-100000, 100000).Draw(t, "k"))
	default:
		s = Step{Kind: kind, Period: size, Low: shift, Cut: shift + size*unit.Draw(t, "cut")}
		return s, s.Low + size*unit.Draw(t, "x")
	}
}

// A step comes back, and its log-determinant is that of the difference quotient.
func TestStepIsABijection(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, x := drawStep(t)
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		u := rapid.Float64Range(1e-7, 1-1e-7).Draw(t, "u")
		y, logDet, ok := s.Apply(x, u)
		if !ok || !finite(y) || !finite(logDet) {
			t.Fatalf("%v: %v is not in the support: %v %v", s, x, y, logDet)
		}
		scale := math.Abs(s.Offset) + math.Abs(s.Low) + math.Abs(s.High) + math.Abs(x) + s.Period
		if back := s.Invert(y); math.Abs(back-x) > 1e-13*scale*100 {
			t.Fatalf("%v: %v comes back as %v", s, x, back)
		}
		// Forward differences of the inverse, whose derivative is exp(−logDet).
		unit := 1.0
		if s.Kind == Bounded { // y is in the units of x
			unit = (s.High - s.Low) / edges
		}
		h := 1e-6 * unit
		if s.Kind == Dequantize || s.Kind == Circular && math.Abs(y) > math.Pi-2*h {
			return // is flat, or jumps
		}
		slope := (s.Invert(y+h) - s.Invert(y-h)) / (2 * h)
		if s.Kind == Circular && math.Abs(slope) > s.Period { // x jumps from the end to the start
			return
		}
		if math.Abs(slope*math.Exp(logDet)-1) > 1e-6+1e-9*scale/unit*math.Exp(logDet) {
			t.Fatalf("%v at %v: log-determinant %v, by differences %v", s, x, logDet, -math.Log(slope))
		}
	})
}

// Whatever number comes back from a flow, it is in the support, and in the domain of Apply.
func TestInvertStaysOnTheSupport(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, _ := drawStep(t)
		y := rapid.OneOf(rapid.Float64Range(-50, 50), rapid.Float64(), rapid.Float64Range(-1e5, 1e5)).Draw(t, "y")
		x := s.Invert(y)
		inside := finite(x)
		switch s.Kind {
		case Log:
			inside = inside && x > -s.Offset
		case Logit, Bounded:
			inside = inside && x > s.Low && x < s.High
		case Circular:
			inside = inside && x >= s.Low && x < s.Low+s.Period
		case Dequantize:
			k := (x - s.Offset) / s.Width
			inside = inside && (math.Abs(k) > mostSteps || math.Abs(k-math.Round(k)) < 1e-6*(1+math.Abs(k))) // beyond, a number has no digit for its place in a cell
		}
		if !inside {
			t.Fatalf("%v of %v is %v", s, y, x)
		}
		if _, _, ok := s.Apply(x, 0.5); !ok && !(s.Kind == Dequantize && math.Abs((x-s.Offset)/s.Width) > mostSteps) {
			t.Fatalf("%v does not take its own draw %v (of %v)", s, x, y)
		}
	})
}

// Closed forms, and decimals that come back as they are written.
func TestStepValues(t *testing.T) {
	for _, c := range []struct {
		s               Step
		x, u, y, logDet float64
		ok              bool
	}{
		{Step{Kind: Log}, math.E, 0, 1, -1, true},
		{Step{Kind: Log, Offset: 1}, 0, 0, 0, 0, true},
		{Step{Kind: Log}, 0, 0, 0, 0, false},
		{Step{Kind: Log, Offset: 2}, -2, 0, 0, 0, false},
		{Step{Kind: Logit, Low: 0, High: 1}, 0.5, 0, 0, math.Log(4), true},
		{Step{Kind: Logit, Low: -10, High: 10}, 0, 0, 0, math.Log(0.2), true},
		{Step{Kind: Logit, Low: 0, High: 1}, 1, 0, 0, 0, false},
		{Step{Kind: Bounded, Low: -1, High: 1}, 0, 0, 0, -math.Log(math.Tanh(5)), true},
		{Step{Kind: Bounded, Low: 0, High: 20}, 1, 0, 0.54132486021571456221, 0.45867514892872471969, true}, // by mpmath 1.3.0 with 40 digits, as the next two
		{Step{Kind: Bounded, Low: 0, High: 20}, 19.5, 0, 20.432752126168920747, 0.9327521309043027726, true},
		{Step{Kind: Bounded, Low: 0, High: 1}, 0x1p-40, 0, -1.2365077473386786406, 24.73015494885291633, true},
		{Step{Kind: Bounded, Low: 0, High: 1}, 0, 0, 0, 0, false},
		{Step{Kind: Bounded, Low: 0, High: 1}, 1, 0, 0, 0, false},
		{Step{Kind: Dequantize, Width: 1}, -3, 0.25, -2.75, 0, true},
		{Step{Kind: Dequantize, Width: 0.01}, 0.29, 0.5, 0.295, 0, true},
		{Step{Kind: Dequantize, Width: 0.01}, float64(float32(0.29)), 0.5, 0.295, 0, true},
		{Step{Kind: Dequantize, Width: 1}, 2.5, 0.5, 0, 0, false},
		{Step{Kind: Dequantize, Width: 1, Offset: 0.5}, -3.5, 0.25, -3.25, 0, true},
		{Step{Kind: Dequantize, Width: 1, Offset: 0.5}, 3, 0.25, 0, 0, false},
		{Step{Kind: Dequantize, Width: 0.1, Offset: 0.05}, 0.15, 0.5, 0.2, 0, true},
		{Step{Kind: Dequantize, Width: 1, Offset: 2000.3}, float64(float32(2017.3)), 0.5, 2017.8, 0, true},
		{Step{Kind: Dequantize, Width: 1}, 1e300, 0.5, 0, 0, false},
		{Step{Kind: Circular, Period: 360}, 180, 0, 0, math.Log(math.Pi / 180), true},
		{Step{Kind: Circular, Period: 360, Cut: 90}, 90, 0, -math.Pi, math.Log(math.Pi / 180), true},
		{Step{Kind: Circular, Period: 360}, -90, 0, math.Pi / 2, math.Log(math.Pi / 180), true},
	} {
		y, logDet, ok := c.s.Apply(c.x, c.u)
		if ok != c.ok || ok && (math.Abs(y-c.y) > 1e-14*(1+math.Abs(c.y)) || math.Abs(logDet-c.logDet) > 1e-14) {
			t.Errorf("%v of %v: %v %v %v, want %v %v %v", c.s, c.x, y, logDet, ok, c.y, c.logDet, c.ok)
		}
	}
	for _, s := range []Step{{Width: 1, Offset: 0.5}, {Width: 0.1, Offset: 0.05}, {Width: 0.3}, {Width: 2, Offset: 0.2}, {Width: 0.25, Offset: 0.1}, {Width: 0.01, Offset: -0.003}} {
		s.Kind = Dequantize
		for k := range 1000 {
			text := strconv.FormatFloat(s.Offset+float64(k-500)*s.Width, 'f', 6, 64)
			want, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			y, _, ok := s.Apply(want, 0x1p-24)
			if got := s.Invert(y); got != want || !ok {
				t.Errorf("%v: %v comes back as %v", s, want, got)
			}
		}
	}
	cents := Step{Kind: Dequantize, Width: 0.01}
	for k := range 1000 {
		want := float64(k) / 100
		y, _, _ := cents.Apply(want, 0x1p-24)
		if got := cents.Invert(y); got != want {
			t.Errorf("%v comes back as %v", want, got)
		}
	}
}

func TestStepCheckRefuses(t *testing.T) {
	for _, s := range []Step{
		{}, {Kind: "exp"}, {Kind: Log, Offset: math.Inf(1)}, {Kind: Log, Width: 1}, {Kind: Logit}, {Kind: Logit, Low: 2, High: 1},
		{Kind: Logit, Low: -math.MaxFloat64, High: math.MaxFloat64}, {Kind: Bounded, Low: 1, High: 1}, {Kind: Bounded, Low: -math.MaxFloat64, High: math.MaxFloat64}, {Kind: Dequantize}, {Kind: Dequantize, Width: -1},
		{Kind: Circular}, {Kind: Circular, Period: math.NaN()}, {Kind: Circular, Period: 1, Offset: 1},
	} {
		if err := s.Check(); !errors.Is(err, fault.ErrConfig) {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

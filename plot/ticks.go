package plot

import (
	"math"
	"strconv"

	"gonum.org/v1/plot/vg"
)

// tick is a place on an axis with its label.
type tick struct {
	at   float64
	text string
}

// ticks are those of an axis. Labels are numbers of 10^power, which the axis has to say where it is not 0.
type ticks struct {
	list  []tick
	power int
}

// mostTicks is the number of labels beyond which more do not help.
const mostTicks = 7

// ticksOf are the finest steps of 1, 2 or 5 times a power of ten between low and high, at most mostTicks, whose labels the axis has room for: fits tells whether
// labels at a distance of a share of the axis do.
func ticksOf(low, high float64, fits func(share float64, labels []tick) bool) ticks {
	span := high - low
	power := 0
	if most := math.Max(math.Abs(low), math.Abs(high)); most >= 1e5 || most < 1e-2 {
		power = int(math.Floor(math.Log10(most)))
	}
	finest := int(math.Floor(math.Log10(span))) - 1
	var last ticks
	for e := finest; e <= finest+2; e++ {
		for _, m := range []float64{1, 2, 5} {
			step := m * math.Pow10(e)
			t := ticks{power: power}
			first := math.Ceil(low/step - 1e-9)
			if span/step > 200 {
				continue
			}
			for k := first; k*step <= high+1e-9*span; k++ {
				t.list = append(t.list, tick{k * step, number(k*step, step, power)})
			}
			if len(t.list) == 0 {
				return last
			}
			last = t
			if len(t.list) <= mostTicks && fits(step/span, t.list) {
				return t
			}
		}
	}
	return last
}

// number writes a multiple of step in units of 10^power, with as many digits as the step has.
func number(x, step float64, power int) string {
	digits := max(0, power-int(math.Floor(math.Log10(step)+1e-9)))
	s := strconv.FormatFloat(x/math.Pow10(power), 'f', digits, 64)
	if z, err := strconv.ParseFloat(s, 64); err == nil && z == 0 && s[0] == '-' {
		s = s[1:]
	}
	if s[0] == '-' {
		return "−" + s[1:]
	}
	return s
}

// times says in words of an axis that its numbers are multiples of 10^power.
func times(power int) string {
	if power == 0 {
		return ""
	}
	digits, s := []rune("⁰¹²³⁴⁵⁶⁷⁸⁹"), " ×10"
	if power < 0 {
		s += "⁻"
		power = -power
	}
	for _, d := range strconv.Itoa(power) {
		s += string(digits[d-'0'])
	}
	return s
}

// across are ticks of a horizontal axis of a length.
func (c *canvas) across(low, high float64, length vg.Length) ticks {
	return ticksOf(low, high, func(share float64, labels []tick) bool {
		widest := vg.Length(0)
		for _, t := range labels {
			widest = max(widest, c.wide(t.text))
		}
		return widest+px(10) <= vg.Length(share)*length
	})
}

// up are ticks of a vertical axis of a length.
func (c *canvas) up(low, high float64, length vg.Length) ticks {
	return ticksOf(low, high, func(share float64, _ []tick) bool { return px(labelSize+8) <= vg.Length(share)*length })
}

// widest is the width of the widest label.
func (c *canvas) widest(t ticks) (w vg.Length) {
	for _, k := range t.list {
		w = max(w, c.wide(k.text))
	}
	return w
}

// Count writes a number of things, with a comma between thousands.
func Count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

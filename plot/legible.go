package plot

import (
	"fmt"

	"gonum.org/v1/plot/vg"

	"diffeo/fault"
)

// leastLabel is the height of capitals and digits that can be read, in pixels.
const leastLabel = 9

// Legible reports labels that cannot be read at the picture's own size: capitals lower than 9 pixels, what lies outside of the picture, and labels that overlap. Pictures of this package have
// none; errors wrap fault.ErrConfig and name the first.
func (p *Picture) Legible() error {
	labels, err := p.on(nothing{})
	if err != nil {
		return err
	}
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: a picture of %.0f×%.0f pixels: %s", fault.ErrConfig, float64(p.width/px(1)), float64(p.height/px(1)), fmt.Sprintf(format, args...))
	}
	for i, l := range labels {
		if high := l.size * capHeight / px(1); high < leastLabel {
			return bad("%q is %.1f pixels high", l.text, float64(high))
		}
		if l.box.Min.X < 0 || l.box.Min.Y < 0 || l.box.Max.X > p.width || l.box.Max.Y > p.height {
			return bad("%q lies outside: %v", l.text, l.box)
		}
		for _, k := range labels[:i] {
			if overlap(l.box, k.box) {
				return bad("%q and %q overlap", k.text, l.text)
			}
		}
	}
	return nil
}

func overlap(a, b vg.Rectangle) bool {
	return a.Min.X < b.Max.X && b.Min.X < a.Max.X && a.Min.Y < b.Max.Y && b.Min.Y < a.Max.Y
}

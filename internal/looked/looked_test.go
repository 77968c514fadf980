package looked

import (
	"image"
	"image/color"
	"strings"
	"testing"
)

// Numbers may differ a little, words not at all, and a line that is missing is told.
func TestTexts(t *testing.T) {
	const text = "<td>0.0123 nats</td>\nat 1,234 rows, off by 3.1e-07"
	for got, ok := range map[string]bool{
		text: true,
		"<td>0.0125 nats</td>\nat 1,240 rows, off by 8.2e-06": true,
		"<td>0.0203 nats</td>\nat 1,234 rows, off by 3.1e-07": false,
		"<td>0.0123 bits</td>\nat 1,234 rows, off by 3.1e-07": false,
		"<td>0.0123 nats</td>\nat 2,234 rows, off by 3.1e-07": false,
		"<td>0.0123 nats</td>\nat 1,234 rows, off by 0.1":     false,
		"<td>0.0123 nats</td>":                                false,
		text + "\nmore":                                       false,
		strings.Replace(text, "0.0123", "-0.0123", 1):         false,
	} {
		if err := Says(text, got); err == nil != ok {
			t.Errorf("%q: %v", got, err)
		}
	}
}

// One pixel of many may differ, a line may not, nor the size.
func TestPictures(t *testing.T) {
	blank := func() *image.Gray { return image.NewGray(image.Rect(0, 0, 100, 100)) }
	a, b := blank(), blank()
	b.Set(3, 4, color.White)
	if err := Differ(a, b); err != nil {
		t.Error(err)
	}
	for x := range 20 {
		b.Set(x, 5, color.White)
	}
	if err := Differ(a, b); err == nil {
		t.Error("a line was not seen")
	}
	if err := Differ(a, image.NewGray(image.Rect(0, 0, 100, 99))); err == nil {
		t.Error("another size was not seen")
	}
}

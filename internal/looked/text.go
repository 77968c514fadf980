package looked

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Numbers of a text may differ by so much of themselves, and by so much in all: errors of rounding, which differ between machines, are smaller, and an accuracy or a probability that hangs on
// them moves by less.
const (
	relative = 0.05
	absolute = 2e-3
)

// Text compares a text with a committed file: numbers by a tolerance, all else exactly. With update the file is written instead.
func Text(t *testing.T, path, got string, update bool) {
	t.Helper()
	if update {
		write(t, path, []byte(got))
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; %s", err, again)
	}
	if err := Says(string(want), got); err != nil {
		t.Errorf("%s: %v; %s", path, err, again)
	}
}

// aNumber is a number with its sign and exponent, or a separator of thousands.
var aNumber = regexp.MustCompile(`[-+−]?\d[\d,]*(\.\d+)?([eE][-+]?\d+)?`)

// Says names the first line in which a text says something else than it did.
func Says(want, got string) error {
	was, is := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(was), len(is)) {
		var a, b string
		if i < len(was) {
			a = was[i]
		}
		if i < len(is) {
			b = is[i]
		}
		if !same(a, b) {
			return fmt.Errorf("line %d was\n\t%s\nand is\n\t%s", i+1, a, b)
		}
	}
	return nil
}

// same compares two lines.
func same(a, b string) bool {
	if aNumber.ReplaceAllString(a, "#") != aNumber.ReplaceAllString(b, "#") {
		return false
	}
	x, y := aNumber.FindAllString(a, -1), aNumber.FindAllString(b, -1)
	for i := range x {
		if p, q := value(x[i]), value(y[i]); !(math.Abs(p-q) <= absolute+relative*math.Abs(p)) {
			return false
		}
	}
	return true
}

func value(s string) float64 {
	v, err := strconv.ParseFloat(strings.NewReplacer(",", "", "−", "-").Replace(s), 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

package data

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// agrees checks a cell against strconv: the fast path gives the same bits or declines, and the two paths together
// accept exactly what strconv takes for a finite number.
func agrees(t interface{ Fatalf(string, ...any) }, cell string) {
	want, err := strconv.ParseFloat(strings.TrimSpace(cell), 64)
	good := err == nil && !math.IsNaN(want) && !math.IsInf(want, 0)
	if v, end, ok := scanDecimal([]byte(cell), 0); ok && end == len(cell) {
		if !good || math.Float64bits(v) != math.Float64bits(want) {
			t.Fatalf("%q: the fast path gives %x (%v), strconv %x (%v)", cell, math.Float64bits(v), v, math.Float64bits(want), err)
		}
	}
	v, err := parseCell([]byte(cell))
	if (err == nil) != good || good && math.Float64bits(v) != math.Float64bits(want) {
		t.Fatalf("%q: read as %v (%v), strconv gives %v", cell, v, err, want)
	}
}

func TestNumbers(t *testing.T) {
	for _, cell := range strings.Fields(`0 -0 +0 0. .5 -.5 5. 1e5 1E+5 1e-5 1e 1e+ e5 . - + -. ..1 1.2.3 1-2 --1 1e5.5 0x10 0x1p-2 1_000 nan NaN inf -Infinity
		1e308 1e309 -1e999 1e-400 4.9e-324 2.2250738585072011e-308 9007199254740991 9007199254740992 9007199254740993 9007199254740993.0 9007199254740992e22
		9007199254740992e-22 1e22 1e23 1e-22 1e-23 123456789012345678 1234567890123456789 12345678901234567890 0.1 0.30000000000000004 179769313486231570000e289
		00000000000000000001 0.00000000000000000001 1e0001 1e0023 1e00005 8.41e21 9.5e-5 0e999 -0e-999 1e1000000000000000000000 24.041213 0.020434987 ١`) {
		agrees(t, cell)
	}
	for _, cell := range []string{"", " ", " 1", "1 ", "\t1\r", "1 2", "\u00a01", "1\x00"} {
		agrees(t, cell)
	}
}

// Every float32 and float64, in every common way of writing it.
func TestNumbersPrinted(t *testing.T) {
	const seed = 20261123
	t.Log("seed", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	for range 50_000 {
		d := math.Float64frombits(rng.Uint64())
		s := float64(math.Float32frombits(rng.Uint32()))
		m := (rng.Float64() - 0.5) * 200 // of everyday size
		for _, v := range []float64{d, s, m, float64(float32(m))} {
			for _, format := range []byte{'g', 'e', 'f'} {
				agrees(t, strconv.FormatFloat(v, format, -1, 64))
				agrees(t, strconv.FormatFloat(v, format, rng.IntN(9), 32))
			}
		}
	}
}

func TestNumbersDrawn(t *testing.T) {
	cell := rapid.StringMatching(`[+-]?[0-9]{0,20}(\.[0-9]{0,20})?([eE][+-]?[0-9]{0,5})?`)
	rapid.Check(t, func(t *rapid.T) { agrees(t, cell.Draw(t, "cell")) })
}

func FuzzNumber(f *testing.F) {
	for _, cell := range []string{"1.5", "-1e-5", "nan", "9007199254740993", "0x1p4", " 1", "1e400"} {
		f.Add(cell)
	}
	f.Fuzz(func(t *testing.T, cell string) { agrees(t, cell) })
}

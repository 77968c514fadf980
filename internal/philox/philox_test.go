package philox

import (
	"math"
	"testing"
)

// The known answers of the authors' Random123 library (kat_vectors, philox4x32 10).
func TestKnownAnswers(t *testing.T) {
	for _, c := range []struct {
		key  [2]uint32
		ctr  [4]uint32
		want [4]uint32
	}{
		{[2]uint32{0, 0}, [4]uint32{0, 0, 0, 0}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[2]uint32{0xffffffff, 0xffffffff}, [4]uint32{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
			[4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[2]uint32{0xa4093822, 0x299f31d0}, [4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := Block(c.key, c.ctr); got != c.want {
			t.Errorf("Block(%x, %x) = %x, want %x", c.key, c.ctr, got, c.want)
		}
	}
}

// Moments of 200,000 draws lie within five standard errors of the distributions'.
func TestMoments(t *testing.T) {
	const n = 200_000
	key := [2]uint32{1, 2}
	for name, c := range map[string]struct {
		draw              func(row uint64, i int) float64
		mean, vari, forth float64
	}{
		"normal":  {func(r uint64, i int) float64 { return Normal(key, 7, r, i) }, 0, 1, 3},
		"uniform": {func(r uint64, i int) float64 { return Uniform(key, 7, r, i) - 0.5 }, 0, 1. / 12, 1. / 80},
		"sign":    {func(r uint64, i int) float64 { return Sign(key, 7, r, i) }, 0, 1, 1},
	} {
		var s1, s2, s4 float64
		for r := range n / 5 {
			for i := range 5 {
				x := c.draw(uint64(r), i)
				s1, s2, s4 = s1+x, s2+x*x, s4+x*x*x*x
			}
		}
		if se := math.Sqrt(c.vari / n); math.Abs(s1/n-c.mean) > 5*se {
			t.Errorf("%s: mean %g", name, s1/n)
		}
		if se := math.Sqrt((c.forth-c.vari*c.vari)/n) + 1e-12; math.Abs(s2/n-c.vari) > 5*se {
			t.Errorf("%s: variance %g", name, s2/n)
		}
		if math.Abs(s4/n-c.forth) > 0.1*c.forth {
			t.Errorf("%s: fourth moment %g", name, s4/n)
		}
	}
}

// A uniform draw is inside (0, 1) and a float32, whatever the word: an element of either type is the same number.
func TestUniformIsOpenInFloat32(t *testing.T) {
	if low, high := unit(0), unit(math.MaxUint32); low != 0x1p-24 || high != 1-0x1p-24 {
		t.Errorf("uniform draws lie in %g … 1-%g, want 2⁻²⁴ … 1-2⁻²⁴", low, 1-high)
	}
	for i := range uint32(1 << 16) {
		w := i * 0x9E3779B9
		if u := unit(w); float64(float32(u)) != u || !(0 < float32(u) && float32(u) < 1) {
			t.Fatalf("word %x gives %v, in float32 %v", w, u, float32(u))
		}
	}
}

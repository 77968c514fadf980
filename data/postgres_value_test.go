package data

import (
	"encoding/binary"
	"math"
	"math/big"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// numeric encodes digits of base 10000 as the server does.
func numeric(sign uint16, weight int16, digits ...uint16) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(len(digits)))
	b = binary.BigEndian.AppendUint16(b, uint16(weight))
	b = binary.BigEndian.AppendUint16(b, sign)
	b = binary.BigEndian.AppendUint16(b, 0)
	for _, d := range digits {
		b = binary.BigEndian.AppendUint16(b, d)
	}
	return b
}

// A numeric is Σ d[i]·10000^(w−i): the float64 nearest to that rational number is what is read.
func TestNumericIsExactlyRounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weight := rapid.Int16Range(-90, 80).Draw(t, "weight")
		digits := rapid.SliceOfN(rapid.Uint16Range(0, 9999), 0, 12).Draw(t, "digits")
		negative := rapid.Bool().Draw(t, "negative")
		sum, base := new(big.Rat), big.NewRat(10000, 1)
		for i, d := range digits {
			p := new(big.Rat).SetInt64(int64(d))
			for e := int(weight) - i; e != 0; {
				if e > 0 {
					p, e = p.Mul(p, base), e-1
				} else {
					p, e = p.Quo(p, base), e+1
				}
			}
			sum.Add(sum, p)
		}
		sign := uint16(0)
		if negative {
			sign = 0x4000
			sum.Neg(sum)
		}
		want, _ := sum.Float64()
		got, err := readNumeric(numeric(sign, weight, digits...))
		if math.IsInf(want, 0) {
			if err != errRange {
				t.Fatalf("%v, %v; want %v", got, err, errRange)
			}
		} else if err != nil || got != want {
			t.Fatalf("%v, %v; want %v", got, err, want)
		}
	})
}

func TestPostgresValuesThatAreNone(t *testing.T) {
	for name, test := range map[string]struct {
		oid  uint32
		b    []byte
		want error
	}{
		"numeric NaN":      {1700, numeric(0xC000, 0), errNotFinite},
		"numeric ∞":        {1700, numeric(0xD000, 0), errNotFinite},
		"numeric −∞":       {1700, numeric(0xF000, 0), errNotFinite},
		"numeric 10^400":   {1700, numeric(0, 100, 1), errRange},
		"numeric sign":     {1700, numeric(1, 0, 1), errMalformed},
		"numeric digit":    {1700, numeric(0, 0, 10000), errMalformed},
		"numeric cut":      {1700, numeric(0, 0, 1, 2)[:10], errMalformed},
		"numeric headless": {1700, []byte{0, 0}, errMalformed},
		"float8 ∞":         {701, binary.BigEndian.AppendUint64(nil, math.Float64bits(math.Inf(1))), errNotFinite},
		"float4 cut":       {700, []byte{1, 2, 3}, errMalformed},
		"int8 long":        {20, make([]byte, 9), errMalformed},
	} {
		if v, err := postgresValues[test.oid](test.b); err != test.want {
			t.Errorf("%s: %v, %v; want %v", name, v, err, test.want)
		}
	}
}

// Whatever bytes come, each type gives a finite number or an error.
func FuzzPostgresValue(f *testing.F) {
	f.Add(uint8(0), numeric(0, 3, 1, 2, 3))
	f.Add(uint8(1), []byte{1, 2, 3, 4})
	oids := []uint32{1700, 700, 701, 16, 20, 21, 23}
	f.Fuzz(func(t *testing.T, kind uint8, b []byte) {
		oid := oids[int(kind)%len(oids)]
		if v, err := postgresValues[oid](b); err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
			t.Errorf("type %s: %v from %x", strconv.Itoa(int(oid)), v, b)
		}
	})
}

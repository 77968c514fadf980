package data

import (
	"encoding/binary"
	"errors"
	"math"
	"strconv"
)

// errMalformed is a value whose bytes are not those of its type: a broken server or proxy.
var errMalformed = errors.New("is malformed")

// postgresValue reads one value in PostgreSQL's binary format. The result is finite.
type postgresValue func(b []byte) (float64, error)

// postgresValues are the types that are numbers, by the identifiers that pg_type fixes. Whole numbers beyond 2^53 are
// rounded to the nearest float64.
var postgresValues = map[uint32]postgresValue{
	16:   sized(1, func(b []byte) float64 { return float64(b[0]) }), // bool: 0 or 1
	20:   sized(8, func(b []byte) float64 { return float64(int64(binary.BigEndian.Uint64(b))) }),
	21:   sized(2, func(b []byte) float64 { return float64(int16(binary.BigEndian.Uint16(b))) }),
	23:   sized(4, func(b []byte) float64 { return float64(int32(binary.BigEndian.Uint32(b))) }),
	700:  sized(4, func(b []byte) float64 { return float64(math.Float32frombits(binary.BigEndian.Uint32(b))) }),
	701:  sized(8, func(b []byte) float64 { return math.Float64frombits(binary.BigEndian.Uint64(b)) }),
	1700: readNumeric,
}

func sized(size int, read func([]byte) float64) postgresValue {
	return func(b []byte) (float64, error) {
		if len(b) != size {
			return 0, errMalformed
		}
		v := read(b)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return v, errNotFinite
		}
		return v, nil
	}
}

// readNumeric reads a numeric: four words of 16 bits (number of digits n, weight w, sign, digits to show), then n digits d of base
// 10000. Its value is ± Σ d[i]·10000^(w−i), which is written as a decimal number and rounded once, as in a text file.
func readNumeric(b []byte) (float64, error) {
	if len(b) < 8 {
		return 0, errMalformed
	}
	n, weight, sign := int(binary.BigEndian.Uint16(b)), int(int16(binary.BigEndian.Uint16(b[2:]))), binary.BigEndian.Uint16(b[4:])
	var room [64]byte
	text := room[:0]
	switch sign {
	case 0x0000:
	case 0x4000:
		text = append(text, '-')
	case 0xC000, 0xD000, 0xF000: // NaN, ∞, −∞
		return map[uint16]float64{0xC000: math.NaN(), 0xD000: math.Inf(1), 0xF000: math.Inf(-1)}[sign], errNotFinite
	default:
		return 0, errMalformed
	}
	digits := b[8:]
	if len(digits) != 2*n {
		return 0, errMalformed
	}
	if n == 0 {
		return 0, nil
	}
	for i := range n {
		d := binary.BigEndian.Uint16(digits[2*i:])
		if d > 9999 {
			return 0, errMalformed
		}
		text = append(text, '0'+byte(d/1000), '0'+byte(d/100%10), '0'+byte(d/10%10), '0'+byte(d%10))
	}
	exponent := 4 * (weight - n + 1)
	for len(text) > 2 && text[len(text)-1] == '0' && exponent < 0 { // as short as possible, for the fast path of scanDecimal
		text, exponent = text[:len(text)-1], exponent+1
	}
	text = append(text, 'e')
	text = strconv.AppendInt(text, int64(exponent), 10)
	if v, end, ok := scanDecimal(text, 0); ok && end == len(text) {
		return v, nil
	}
	return parseCell(text)
}

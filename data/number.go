package data

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"unicode"
)

// powersOfTen are the powers that float64 holds exactly.
var powersOfTen = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// scanDecimal is scanNumber with a decimal point.
func scanDecimal(b []byte, i int) (v float64, end int, ok bool) { return scanNumber(b, i, '.') }

// scanNumber reads a plain decimal number, [+-]digits[.digits][e[+-]digits], at b[i:] and returns it with the index
// behind it. point is the byte before the decimals: a point or a comma. Where ok is false the number is not plain or cannot be given exactly rounded here, and parseCell decides.
//
// The result is exactly rounded: a whole number up to 2^53 and a power of ten up to 10^22 are both float64s, and
// IEEE 754 rounds their one product or quotient correctly (W. D. Clinger, How to Read Floating Point Numbers Accurately, 1990).
func scanNumber(b []byte, i int, point byte) (v float64, end int, ok bool) {
	negative := false
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		negative = b[i] == '-'
		i++
	}
	start := i
	var m uint64
	for ; i < len(b) && b[i]-'0' < 10; i++ {
		m = m*10 + uint64(b[i]-'0')
	}
	digits, exponent := i-start, 0
	if i < len(b) && b[i] == point {
		i++
		start := i
		for ; i < len(b) && b[i]-'0' < 10; i++ {
			m = m*10 + uint64(b[i]-'0')
		}
		exponent = start - i
		digits -= exponent
	}
	if digits == 0 || digits > 19 || m > 1<<53 { // 19 digits cannot overflow m
		return 0, i, false
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		e, end, ok := scanExponent(b, i+1)
		if !ok {
			return 0, i, false
		}
		exponent += e
		i = end
	}
	v = float64(m)
	switch {
	case exponent == 0:
	case -22 <= exponent && exponent < 0:
		v /= powersOfTen[-exponent]
	case 0 < exponent && exponent <= 22:
		v *= powersOfTen[exponent]
	default:
		return 0, i, false
	}
	if negative {
		v = -v
	}
	return v, i, true
}

// scanExponent reads at most three digits with a sign: more are left to parseCell.
func scanExponent(b []byte, i int) (e, end int, ok bool) {
	negative := false
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		negative = b[i] == '-'
		i++
	}
	start := i
	for ; i < len(b) && b[i]-'0' < 10 && i-start < 4; i++ {
		e = e*10 + int(b[i]-'0')
	}
	if negative {
		e = -e
	}
	return e, i, i > start && i-start < 4
}

// What can be wrong with a cell.
var (
	errEmpty     = errors.New("is empty")
	errNumber    = errors.New("is not a number")
	errNotFinite = errors.New("is not a finite number")
	errRange     = errors.New("is beyond the range of float64")
)

// parseCell reads a cell of any form: spaces are trimmed, and strconv.ParseFloat decides. The result is finite.
func parseCell(cell []byte) (float64, error) {
	cell = bytes.TrimSpace(cell)
	if len(cell) == 0 {
		return 0, errEmpty
	}
	v, err := strconv.ParseFloat(string(cell), 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, errRange
	case err != nil:
		return 0, errNumber
	case math.IsNaN(v) || math.IsInf(v, 0):
		return 0, errNotFinite
	}
	return v, nil
}

func isControl(r rune) bool { return unicode.IsControl(r) }

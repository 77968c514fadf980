package data

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// The npy format, by its specification (numpy.lib.format): the magic, a version, the length of the header, and the header, a Python
// dict literal with the keys descr, fortran_order and shape, padded with spaces; then the elements.
const (
	npyMagic      = "\x93NUMPY"
	maxNpyHeader  = 1 << 16 // headers of plain arrays are far below 1 KiB
	maxNpyColumns = 1 << 20
)

// npyHeader is what a header says. rows × cols elements follow at offset.
type npyHeader struct {
	kind       npyKind
	rows, cols int
	axes       int
	fortran    bool // columns lie one after another
	offset     int64
}

// npyKind is an element type.
type npyKind struct {
	size int
	read func(p []byte) float64
}

var npyKinds = map[string]npyKind{
	"<f8": {8, func(p []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(p)) }},
	"<f4": {4, func(p []byte) float64 { return float64(math.Float32frombits(binary.LittleEndian.Uint32(p))) }},
	"<i8": {8, func(p []byte) float64 { return float64(int64(binary.LittleEndian.Uint64(p))) }},
	"<i4": {4, func(p []byte) float64 { return float64(int32(binary.LittleEndian.Uint32(p))) }},
	"<i2": {2, func(p []byte) float64 { return float64(int16(binary.LittleEndian.Uint16(p))) }},
	"|i1": {1, func(p []byte) float64 { return float64(int8(p[0])) }},
	"<u8": {8, func(p []byte) float64 { return float64(binary.LittleEndian.Uint64(p)) }},
	"<u4": {4, func(p []byte) float64 { return float64(binary.LittleEndian.Uint32(p)) }},
	"<u2": {2, func(p []byte) float64 { return float64(binary.LittleEndian.Uint16(p)) }},
	"|u1": {1, func(p []byte) float64 { return float64(p[0]) }},
}

// readNpyHeader reads the header of a table up to its first element.
func readNpyHeader(r io.Reader) (npyHeader, error) {
	text, offset, err := readNpyText(r)
	if err != nil {
		return npyHeader{}, err
	}
	h := npyHeader{offset: offset}
	return h, h.parse(text)
}

// readNpyText reads up to the first element, which lies at offset, and returns the Python dict of the header.
func readNpyText(r io.Reader) (text string, offset int64, err error) {
	start := make([]byte, 12)
	if _, err := io.ReadFull(r, start[:10]); err != nil {
		return "", 0, errNpyShort
	}
	if string(start[:6]) != npyMagic { // an entry of an archive can be named anything
		return "", 0, errors.New("it does not begin with the bytes \\x93NUMPY; write it with numpy.save or numpy.savez")
	}
	length, lead := int(binary.LittleEndian.Uint16(start[8:])), 10
	switch major := start[6]; major {
	case 1:
	case 2, 3:
		if _, err := io.ReadFull(r, start[10:]); err != nil {
			return "", 0, errNpyShort
		}
		length, lead = int(binary.LittleEndian.Uint32(start[8:])), 12
	default:
		return "", 0, fmt.Errorf("version %d of the npy format is not known; save the array with numpy.save", major)
	}
	if length > maxNpyHeader {
		return "", 0, fmt.Errorf("a header of %d bytes is too long for an array of numbers", length)
	}
	b := make([]byte, length)
	if _, err := io.ReadFull(r, b); err != nil {
		return "", 0, errNpyShort
	}
	return string(b), int64(lead + length), nil
}

var errNpyShort = errors.New("the file ends in its header; it was cut short: write or copy it again")

// parse interprets the dict and turns the shape into rows and columns.
func (h *npyHeader) parse(text string) error {
	d := pythonDict{text}
	descr, fortran, shape, err := d.array()
	if err != nil {
		return err
	}
	kind, ok := npyKinds[descr]
	switch {
	case !ok && strings.HasPrefix(descr, ">"):
		return fmt.Errorf("its numbers (%.20q) are big-endian; save it as float32 or float64: numpy.save(file, array.astype('<f8'))", descr)
	case !ok:
		return fmt.Errorf("elements of type %.20q are no numbers that are read (float32, float64, integers); convert it: array.astype('<f8')", descr)
	}
	h.kind, h.fortran = kind, fortran
	h.axes = len(shape)
	switch h.axes {
	case 1:
		h.rows, h.cols = shape[0], 1
	case 2:
		h.rows, h.cols = shape[0], shape[1]
	default:
		return fmt.Errorf("the array has %d axes; a table has 2 (rows, columns), or 1 for a single column: reshape it", len(shape))
	}
	if h.rows == 0 || h.cols == 0 {
		return fmt.Errorf("the array has %d rows and %d columns; a table needs at least one of each", h.rows, h.cols)
	}
	if h.cols > maxNpyColumns {
		return fmt.Errorf("the array has %d columns; at most %d are read: is it transposed?", h.cols, maxNpyColumns)
	}
	if hi, lo := bits.Mul64(uint64(h.rows), uint64(h.cols*kind.size)); hi != 0 || lo > math.MaxInt64/2 {
		return fmt.Errorf("a shape of %d × %d is too large to be true; the header is damaged", h.rows, h.cols)
	}
	if h.rows == 1 || h.cols == 1 {
		h.fortran = false // both orders are the same
	}
	return nil
}

// size is the number of bytes of the elements.
func (h *npyHeader) size() int64 { return int64(h.rows) * int64(h.cols) * int64(h.kind.size) }

// pythonDict is a cursor on the text of a header.
type pythonDict struct{ rest string }

var errNpyDict = errors.New("the header is damaged: it is not {'descr': …, 'fortran_order': …, 'shape': …}")

func (d *pythonDict) space() { d.rest = strings.TrimLeft(d.rest, " \t\r\n") }

// accept takes a token where it comes next.
func (d *pythonDict) accept(token string) bool {
	d.space()
	var ok bool
	d.rest, ok = strings.CutPrefix(d.rest, token)
	return ok
}

// array reads the dict: the three keys in any order, each once.
func (d *pythonDict) array() (descr string, fortran bool, shape []int, err error) {
	seen := map[string]bool{}
	if !d.accept("{") {
		return "", false, nil, errNpyDict
	}
	for !d.accept("}") {
		if len(seen) > 0 && !d.accept(",") {
			return "", false, nil, errNpyDict
		}
		if len(seen) > 0 && d.accept("}") {
			break // a comma may follow the last entry
		}
		key, ok := d.text()
		if !ok || seen[key] || !d.accept(":") {
			return "", false, nil, errNpyDict
		}
		seen[key] = true
		switch key {
		case "descr":
			if d.accept("[") {
				return "", false, nil, errors.New("the array has named fields (a structured dtype); save a plain array of two axes")
			}
			descr, ok = d.text()
		case "fortran_order":
			fortran = d.accept("True")
			ok = fortran || d.accept("False")
		case "shape":
			shape, ok = d.tuple()
		default:
			ok = false
		}
		if !ok {
			return "", false, nil, errNpyDict
		}
	}
	if d.space(); len(seen) != 3 || d.rest != "" {
		return "", false, nil, errNpyDict
	}
	return descr, fortran, shape, nil
}

// text reads a string without escapes.
func (d *pythonDict) text() (string, bool) {
	for _, q := range []string{"'", `"`} {
		if d.accept(q) {
			s, rest, ok := strings.Cut(d.rest, q)
			d.rest = rest
			return s, ok && !strings.Contains(s, `\`)
		}
	}
	return "", false
}

// tuple reads (), (1,) or (1, 2, …).
func (d *pythonDict) tuple() ([]int, bool) {
	if !d.accept("(") {
		return nil, false
	}
	shape := []int{}
	for !d.accept(")") {
		if len(shape) > 0 && !d.accept(",") {
			return nil, false
		}
		if len(shape) > 0 && d.accept(")") {
			break
		}
		d.space()
		digits := len(d.rest) - len(strings.TrimLeft(d.rest, "0123456789"))
		n, err := strconv.Atoi(d.rest[:digits])
		if err != nil {
			return nil, false
		}
		shape = append(shape, n)
		d.rest = d.rest[digits:]
	}
	return shape, true
}

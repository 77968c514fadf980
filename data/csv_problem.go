package data

import (
	"bytes"
	"io"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// cell reads a cell of any form.
func (c *csvReader) cell(cell []byte) (float64, error) {
	if c.point != ',' {
		return parseCell(cell)
	}
	if bytes.IndexByte(cell, '.') >= 0 { // 1.500 may be meant as fifteen hundred
		return 0, errNumber
	}
	return parseCell(bytes.Replace(cell, []byte{','}, []byte{'.'}, 1))
}

// missing gives NaN for a cell that holds no value, and says why for others that hold no number.
func (c *csvReader) missing(err error, col int, cell []byte) (float64, error) {
	cell = bytes.TrimSpace(cell)
	if !isMissing(cell) && !(err == errNotFinite && strings.HasSuffix(strings.ToLower(string(cell)), "nan")) {
		return 0, c.cellProblem(err, col, cell)
	}
	c.gaps.note(c.row, func() string {
		at := place(c.row, c.line, c.all[col])
		switch err {
		case errEmpty:
			return at + ": the cell is empty"
		case errNotFinite:
			return at + ": " + quoted(cell) + " is not a finite number"
		}
		return at + ": " + quoted(cell) + " is not a number"
	})
	return math.NaN(), nil
}

// cellProblem says what is wrong with a cell and what would help.
func (c *csvReader) cellProblem(err error, col int, cell []byte) error {
	at := place(c.row, c.line, c.all[col])
	cell = bytes.TrimSpace(cell)
	switch {
	case !utf8.Valid(cell):
		return problemf(c.source.name, "%s: %s is not a number, nor valid UTF-8; correct the cell", at, quoted(cell))
	case err != errNumber:
		return problemf(c.source.name, "%s: %s %v; correct the cell, drop the row, or leave the column out", at, quoted(cell), err)
	}
	remedy := "correct the cell, drop the row, or leave the column out"
	_, point := parseCell(bytes.Replace(cell, []byte(","), []byte("."), 1))
	_, spaced := parseCell(bytes.Join(bytes.Fields(cell), nil))
	switch {
	case c.options.DecimalComma && bytes.IndexByte(cell, '.') >= 0:
		remedy = "where decimals follow a comma a point may not stand in a number, as it may be meant to group digits; take it out"
	case point == nil:
		remedy = "write decimals with a point, not a comma, or read the file with decimal commas (DecimalComma; by the command --decimal-comma)"
	case spaced == nil && len(c.all) == 1:
		remedy = "columns must be separated by commas, tabs, semicolons or |, not by spaces"
	case c.row == 1 && c.options.NoHeader:
		remedy = "the first line looks like a header: read the file with it (without NoHeader)"
	case c.row == 1 && word(cell):
		remedy = "where the column holds words write its categories as numbers, or leave the column out (by the command: --columns names those to keep); else correct the cell"
	}
	return problemf(c.source.name, "%s: %s is not a number; %s", at, quoted(cell), remedy)
}

// word tells whether a cell begins as words do.
func word(cell []byte) bool {
	r, _ := utf8.DecodeRune(cell)
	return unicode.IsLetter(r)
}

// recordProblem says what is wrong with a record as a whole. eof is the message for a file that ends here.
func (c *csvReader) recordProblem(err error, line int, eof string) error {
	switch err {
	case io.EOF:
		return problemf(c.source.name, "%s", eof)
	case errOpenQuote:
		return problemf(c.source.name, "a quote that is opened on line %d is never closed; close it, or delete it", line)
	case errLongRecord:
		return problemf(c.source.name, "the row that begins on line %d is longer than %d MiB; is a quote there never closed, or is this not a CSV file?", line, maxRecord>>20)
	case errBareQuote:
		return problemf(c.source.name, "line %d has a quote inside a cell; put the whole cell in quotes, and double the quotes in it", line)
	case errAfterQuote:
		return problemf(c.source.name, "line %d has text right after a closing quote; put a separator there, or double the quote", line)
	}
	return readProblem(c.source.name, err)
}

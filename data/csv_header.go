package data

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"diffeo/fault"
)

// byteOrderMark begins the UTF-8 files of some editors and spreadsheets.
const byteOrderMark = "\xef\xbb\xbf"

// checkComma refuses separators that could be part of a number, a quote or a line break.
func checkComma(c byte) error {
	if c == '\t' || c > ' ' && c < 0x7f && strings.IndexByte(`"+-.`, c) < 0 && !isAlphanumeric(c) {
		return nil
	}
	return fmt.Errorf("%w: %q cannot separate columns; use a comma, a semicolon, a tab or |", fault.ErrConfig, c)
}

func isAlphanumeric(c byte) bool { return c-'0' < 10 || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }

// guessComma returns the separator that a first line has most of, outside quotes; where it has none a comma, or a semicolon if
// commas begin decimals.
func guessComma(line []byte, decimalComma bool) byte {
	var count [256]int
	inside := false
	for _, c := range line {
		if c == '"' {
			inside = !inside
		} else if !inside {
			count[c]++
		}
	}
	best, others := byte(','), "\t;|"
	if decimalComma {
		best, others = ';', "\t|"
	}
	for _, c := range []byte(others) {
		if count[c] > count[best] {
			best = c
		}
	}
	return best
}

// readHeader takes the first line that is not blank and decides about separator and names. Without a header that line is
// kept, to be parsed as the first row.
func (c *csvReader) readHeader(o Options) error {
	var record []byte
	for {
		var err error
		record, c.line, c.hasQuote, err = c.records.next()
		if err != nil {
			return c.recordProblem(err, c.line, "the file holds no text; a header and at least one row are needed")
		}
		if c.line == 1 {
			record = bytes.TrimPrefix(record, []byte(byteOrderMark))
		}
		if !blank(record) {
			break
		}
	}
	if wide(record) {
		return problemf(c.source.name, "this is UTF-16 text without a byte order mark, by its zero bytes; save it as UTF-8")
	}
	if bytes.IndexByte(record, 0) >= 0 {
		return problemf(c.source.name, "this is not text: line %d holds zero bytes; give a CSV file in UTF-8, or an npy file", c.line)
	}
	if i := bytes.IndexByte(record, '\r'); i >= 0 && !c.hasQuote {
		return problemf(c.source.name, "lines end in a carriage return only; save the file with line feeds (\\n or \\r\\n)")
	}
	c.comma = o.Comma
	if c.comma == 0 {
		c.comma = guessComma(record, o.DecimalComma)
	}
	fields, _, err := splitFields(nil, nil, record, c.comma)
	if err != nil {
		return c.recordProblem(err, c.line, "")
	}
	if o.NoHeader {
		c.all = numbered(len(fields))
		c.first, c.firstLine = bytes.Clone(record), c.line
		return nil
	}
	c.all = make([]string, len(fields))
	for i, f := range fields {
		c.all[i] = string(bytes.TrimSpace(f))
	}
	return c.checkHeader()
}

// checkHeader reports a first line that cannot be one of column names.
func (c *csvReader) checkHeader() error {
	numbers := true
	first := make(map[string]int, len(c.all)) // where each name occurs first
	for i, name := range c.all {
		k, twice := first[name]
		first[name] = i
		_, err := c.cell([]byte(name))
		numbers = numbers && (err == nil || err == errNotFinite || err == errRange)
		switch {
		case !utf8.ValidString(name):
			return problemf(c.source.name, "the name of column %d, %q, is not valid UTF-8; save the file as UTF-8", i+1, name)
		case name == "":
			return problemf(c.source.name, "column %d of %d has no name (line %d); name every column in the header", i+1, len(c.all), c.line)
		case twice:
			return problemf(c.source.name, "columns %d and %d are both named %q (line %d); rename one", k+1, i+1, name, c.line)
		}
	}
	if numbers {
		return problemf(c.source.name, "there is no header: line %d is all numbers (%s); add a first line with column names, or read the file without a header (NoHeader), which names the columns c0, c1, …",
			c.line, listed(c.all))
	}
	return nil
}

// wide reports whether every other byte is zero, as in Latin text in UTF-16.
func wide(text []byte) bool {
	zeros := [2]int{}
	for i, b := range text {
		if b == 0 {
			zeros[i%2]++
		}
	}
	half := len(text) / 2
	return half > 1 && (zeros[0] >= half && zeros[1] == 0 || zeros[1] >= half && zeros[0] == 0)
}

// blank reports whether a record is nothing but spaces.
func blank(record []byte) bool {
	for _, b := range record {
		if b != ' ' && b != '\r' {
			return false
		}
	}
	return true
}

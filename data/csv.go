package data

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"strconv"
	"unicode/utf8"

	"diffeo/matrix"
)

// csvReader streams a file of separated values. Its hot path, a record without quotes whose cells are plain decimals, looks at each
// byte of a cell once and copies none.
type csvReader struct {
	source  *source
	options Options
	records *records
	comma   byte

	all     []string // every column of the file
	columns []string // those that are read
	into    []int    // for each column of the file: its place among columns, or −1

	// The record at hand.
	row, line int
	hasQuote  bool

	first     []byte // without a header: the record that told the number of columns
	firstLine int

	fields  [][]byte // scratch of the slow path
	scratch []byte
}

func newCSVReader(s *source, o Options) (Reader, error) {
	if o.Comma != 0 {
		if err := checkComma(o.Comma); err != nil {
			return nil, err
		}
	}
	c := &csvReader{source: s, options: o, records: newRecords(s)}
	if err := c.readHeader(o); err != nil {
		return nil, err
	}
	c.columns = o.Columns
	if c.columns == nil {
		c.columns = c.all
	}
	if len(c.columns) == 0 {
		return nil, problemf(s.name, "no column is asked for (columns: %s)", listed(c.all))
	}
	at, err := Match(s.name, c.all, c.columns)
	if err != nil {
		return nil, err
	}
	c.into = make([]int, len(c.all))
	for i := range c.into {
		c.into[i] = -1
	}
	for i, k := range at {
		c.into[k] = i
	}
	return c, nil
}

func (c *csvReader) Columns() []string { return c.columns }

func (c *csvReader) Close() error { return c.source.Close() }

func (c *csvReader) Batches(rows int) iter.Seq2[matrix.Matrix[float64], error] {
	if rows <= 0 {
		rows = DefaultBatch
	}
	return func(yield func(matrix.Matrix[float64], error) bool) {
		if err := c.restart(); err != nil {
			yield(matrix.Matrix[float64]{}, err)
			return
		}
		batch := accumulator{cols: len(c.columns)}
		for {
			err := c.read(&batch, rows)
			if err == io.EOF && c.row == 0 {
				err = problemf(c.source.name, "there is a header but no rows; a table needs at least one")
			}
			if err != nil && err != io.EOF {
				yield(matrix.Matrix[float64]{}, err)
				return
			}
			if batch.rows() > 0 && !yield(batch.matrix(), nil) || err == io.EOF {
				return
			}
			batch.values = batch.values[:0]
		}
	}
}

// restart goes back to the first row where a pass began before.
func (c *csvReader) restart() error {
	if c.source.used {
		if err := c.source.rewind(); err != nil {
			return err
		}
		c.records = newRecords(c.source)
		if err := c.readHeader(c.options); err != nil {
			return err
		}
		if len(c.all) != len(c.into) {
			return problemf(c.source.name, "the file changed while it was read")
		}
	}
	c.source.used, c.row = true, 0
	return nil
}

// read appends rows to the batch until it has so many. At the end of the file it returns io.EOF.
func (c *csvReader) read(batch *accumulator, rows int) error {
	for n := batch.rows(); n < rows; n++ {
		record, err := c.record()
		if err != nil {
			return err
		}
		if c.hasQuote {
			err = c.parseQuoted(record, batch.next())
		} else {
			err = c.parse(record, batch.next())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// record returns the next data record. Blank lines are allowed at the end of the file only: in the middle, one is more
// likely a lost row than decoration.
func (c *csvReader) record() ([]byte, error) {
	if c.first != nil {
		record := c.first
		c.first = nil
		c.row, c.line = 1, c.firstLine
		return record, nil
	}
	blanks := 0
	for {
		record, line, hasQuote, err := c.records.next()
		if err == io.EOF {
			return nil, err
		}
		if err != nil {
			return nil, c.recordProblem(err, line, "")
		}
		if blank(record) {
			if blanks++; blanks == 1 {
				c.line = line
			}
			continue
		}
		c.row++
		if blanks > 0 {
			return nil, problemf(c.source.name, "row %d (line %d) is blank, but rows follow; delete the line, or fill it in", c.row, c.line)
		}
		c.line, c.hasQuote = line, hasQuote
		return record, nil
	}
}

// parse reads the cells of a record that holds no quote.
func (c *csvReader) parse(record []byte, row []float64) error {
	i, last := 0, len(c.into)-1
	for col, k := range c.into {
		var end int
		if k >= 0 {
			v, e, ok := scanDecimal(record, i)
			if end = e; ok && (end == len(record) || record[end] == c.comma) {
				row[k] = v
			} else {
				end = cellEnd(record, i, c.comma)
				var err error
				if row[k], err = parseCell(record[i:end]); err != nil {
					if n := bytes.Count(record, []byte{c.comma}) + 1; n != len(c.into) {
						return c.ragged(n)
					}
					return c.cellProblem(err, col, record[i:end])
				}
			}
		} else {
			end = cellEnd(record, i, c.comma)
		}
		if (end == len(record)) != (col == last) {
			return c.ragged(bytes.Count(record, []byte{c.comma}) + 1)
		}
		i = end + 1
	}
	return nil
}

func cellEnd(record []byte, i int, comma byte) int {
	if n := bytes.IndexByte(record[i:], comma); n >= 0 {
		return i + n
	}
	return len(record)
}

// parseQuoted reads the cells of any record.
func (c *csvReader) parseQuoted(record []byte, row []float64) (err error) {
	c.fields, c.scratch, err = splitFields(c.fields[:0], c.scratch[:0], record, c.comma)
	if err != nil {
		return c.recordProblem(err, c.line, "")
	}
	if len(c.fields) != len(c.into) {
		return c.ragged(len(c.fields))
	}
	for col, k := range c.into {
		if k < 0 {
			continue
		}
		if row[k], err = parseCell(c.fields[col]); err != nil {
			return c.cellProblem(err, col, c.fields[col])
		}
	}
	return nil
}

func (c *csvReader) ragged(cells int) error {
	return problemf(c.source.name, "row %d (line %d) has %s, the table has %s; a cell is missing, or one too many, or the separator is not %s",
		c.row, c.line, count(cells, "cell"), count(len(c.into), "column"), strconv.QuoteRune(rune(c.comma)))
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprint(n, " ", what)
}

// cellProblem says what is wrong with a cell and what would help.
func (c *csvReader) cellProblem(err error, col int, cell []byte) error {
	at := place(c.row, c.line, c.all[col])
	cell = bytes.TrimSpace(cell)
	switch {
	case err == errEmpty:
		return problemf(c.source.name, "%s: the cell is empty; fill it in, drop the row, or leave the column out", at)
	case !utf8.Valid(cell):
		return problemf(c.source.name, "%s: %s is not a number, nor valid UTF-8; correct the cell", at, quoted(cell))
	case err != errNumber:
		return problemf(c.source.name, "%s: %s %v; correct the cell, drop the row, or leave the column out", at, quoted(cell), err)
	}
	remedy := "correct the cell, drop the row, or leave the column out"
	_, point := parseCell(bytes.Replace(cell, []byte(","), []byte("."), 1))
	_, spaced := parseCell(bytes.Join(bytes.Fields(cell), nil))
	switch {
	case point == nil:
		remedy = "write decimals with a point, not a comma"
	case spaced == nil && len(c.all) == 1:
		remedy = "columns must be separated by commas, tabs or semicolons, not by spaces"
	case c.row == 1 && c.options.NoHeader:
		remedy = "the first line looks like a header: read the file with it (without NoHeader)"
	}
	return problemf(c.source.name, "%s: %s is not a number; %s", at, quoted(cell), remedy)
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

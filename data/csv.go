package data

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"strconv"

	"diffeo/fault"
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
	point   byte     // before the decimals of a number
	gaps    *gaps

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
	c := &csvReader{source: s, options: o, records: newRecords(s), point: '.'}
	if o.DecimalComma {
		c.point = ','
		if o.Comma == ',' {
			return nil, fmt.Errorf("%w: a comma cannot both separate columns and begin decimals; the separator of such files is a semicolon or a tab", fault.ErrConfig)
		}
	}
	if err := c.readHeader(o); err != nil {
		return nil, err
	}
	var at []int
	var err error
	if c.columns, at, err = choose(s.name, c.all, o); err != nil {
		return nil, err
	}
	c.gaps = newGaps(s.name, c.columns, o)
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
		stream(c, rows, c.gaps, yield)
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

func (c *csvReader) read(batch *accumulator, rows int) error {
	for n := batch.rows(); n < rows; n++ {
		record, err := c.record()
		if err == io.EOF && c.row == 0 {
			return problemf(c.source.name, "there is a header but no rows; a table needs at least one")
		}
		if err != nil {
			return err
		}
		if c.hasQuote {
			err = c.parseQuoted(record, batch.next())
		} else {
			err = c.parse(record, batch.next())
		}
		if err != nil {
			batch.drop()
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
			v, e, ok := scanNumber(record, i, c.point)
			if end = e; ok && (end == len(record) || record[end] == c.comma) {
				row[k] = v
			} else {
				end = cellEnd(record, i, c.comma)
				var err error
				if row[k], err = c.cell(record[i:end]); err != nil {
					if n := bytes.Count(record, []byte{c.comma}) + 1; n != len(c.into) {
						return c.ragged(n)
					}
					if row[k], err = c.missing(err, col, record[i:end]); err != nil {
						return err
					}
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
		if row[k], err = c.cell(c.fields[col]); err != nil {
			if row[k], err = c.missing(err, col, c.fields[col]); err != nil {
				return err
			}
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

package data

import (
	"io"
)

// sizes are the rows of the row groups.
func (r *parquetReader) sizes() []int { return r.groups }

func (r *parquetReader) block(k int) cursor {
	before := 0
	for _, n := range r.groups[:k] {
		before += n
	}
	return &parquetCursor{reader: r, next: k, last: k + 1, before: before}
}

// blockLength is about the length of a block of a file that has none of its own, in bytes: long enough to be read quickly, short
// enough that a window holds rows of many. Small files have many too.
func blockLength(size int64) int64 { return max(1<<16, min(1<<20, size/64)) }

func (r *npyReader) blockRows() int {
	return max(1, int(blockLength(r.header.size()))/(r.header.cols*r.header.kind.size))
}

func (r *npyReader) sizes() []int {
	n := r.blockRows()
	var sizes []int
	for first := 0; first < r.header.rows; first += n {
		sizes = append(sizes, min(n, r.header.rows-first))
	}
	return sizes
}

func (r *npyReader) block(k int) cursor {
	n := r.blockRows()
	return r.part(k*n, min((k+1)*n, r.header.rows))
}

// csvIndex knows where the rows of a CSV file are.
type csvIndex struct {
	reader *csvReader
	parts  []csvPart
}

// csvPart is a piece of a file that begins and ends at a line break between rows.
type csvPart struct {
	from, to    int64 // bytes
	rows        int
	row, before int // rows and lines before it
}

// indexCSV goes through a plain file once, and cuts it.
func indexCSV(r *csvReader) (*csvIndex, error) {
	x := &csvIndex{reader: r}
	s := newRecords(io.NewSectionReader(r.source.file, 0, r.source.size))
	length := blockLength(r.source.size)
	header := !r.options.NoHeader
	var part csvPart
	rows, blanks := 0, 0
	for {
		from, before := s.taken, s.line
		record, line, _, err := s.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, r.recordProblem(err, line, "")
		}
		if from == 0 && len(record) >= len(byteOrderMark) && string(record[:len(byteOrderMark)]) == byteOrderMark {
			record, from = record[len(byteOrderMark):], int64(len(byteOrderMark))
		}
		switch {
		case blank(record):
			if rows > 0 {
				blanks++
			}
			continue
		case blanks > 0:
			return nil, problemf(r.source.name, "row %d (line %d) is blank, but rows follow; delete the line, or fill it in", rows+1, line-blanks)
		case header:
			header = false
			continue
		}
		if part.rows == 0 {
			part = csvPart{from: from, row: rows, before: before}
		}
		rows++
		part.rows++
		if part.to = s.taken; part.to-part.from >= length {
			x.parts = append(x.parts, part)
			part.rows = 0
		}
	}
	if part.rows > 0 {
		x.parts = append(x.parts, part)
	}
	if rows == 0 {
		return nil, problemf(r.source.name, "there is a header but no rows; a table needs at least one")
	}
	return x, nil
}

func (x *csvIndex) sizes() []int {
	sizes := make([]int, len(x.parts))
	for i, p := range x.parts {
		sizes[i] = p.rows
	}
	return sizes
}

func (x *csvIndex) block(k int) cursor {
	p := x.parts[k]
	c := *x.reader
	c.records = &records{src: io.NewSectionReader(c.source.file, p.from, p.to-p.from), buf: make([]byte, 1<<16)} // many are open at once
	c.records.line, c.row, c.first = p.before, p.row, nil
	c.fields, c.scratch = nil, nil
	return &c
}

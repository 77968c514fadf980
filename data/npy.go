package data

import (
	"errors"
	"io"
	"iter"
	"math"

	"diffeo/matrix"
)

// npyReader streams an array of one or two axes. In C order rows lie one after another and any stream will do; in
// Fortran order each batch reads a piece of every column, which takes a file.
type npyReader struct {
	source  *source
	header  npyHeader
	columns []string // those that are read
	at      []int    // their places in the file
	gaps    *gaps
}

func newNpyReader(s *source, o Options) (Reader, error) {
	h, err := readNpyHeader(s)
	if err != nil {
		return nil, problemf(s.name, "%v", err)
	}
	if have := s.size - h.offset; s.size >= 0 {
		if err := h.checkSize(s.name, have); err != nil {
			return nil, err
		}
	}
	if h.fortran && s.size < 0 {
		return nil, problemf(s.name, "an array in Fortran order can be read from a plain file only; unpack it, or save it in C order: numpy.ascontiguousarray")
	}
	r := &npyReader{source: s, header: h}
	if r.columns, r.at, err = choose(s.name, numbered(h.cols), o); err != nil {
		return nil, err
	}
	r.gaps = newGaps(s.name, r.columns, o)
	return r, nil
}

// checkSize reports an array that has fewer or more bytes than its header promises.
func (h *npyHeader) checkSize(name string, have int64) error {
	switch {
	case have < h.size():
		return problemf(name, "it is cut short: its header promises %d rows of %d columns, only %d are there; write or copy it again",
			h.rows, h.cols, have/int64(h.cols*h.kind.size))
	case have > h.size():
		return problemf(name, "%d bytes follow the array of %d × %d; save one array to a file", have-h.size(), h.rows, h.cols)
	}
	return nil
}

func (r *npyReader) Columns() []string { return r.columns }

func (r *npyReader) Close() error { return r.source.Close() }

func (r *npyReader) Batches(rows int) iter.Seq2[matrix.Matrix[float64], error] {
	if rows <= 0 {
		rows = DefaultBatch
	}
	return func(yield func(matrix.Matrix[float64], error) bool) {
		c, err := r.cursor()
		if err != nil {
			yield(matrix.Matrix[float64]{}, err)
			return
		}
		stream(c, rows, r.gaps, yield)
	}
}

// cursor begins a pass. It goes back to the first element where a pass began before.
func (r *npyReader) cursor() (cursor, error) {
	if r.header.fortran {
		return r.part(0, r.header.rows), nil
	}
	if r.source.used {
		if err := r.source.rewind(); err != nil {
			return nil, err
		}
		if _, err := r.source.Discard(int(r.header.offset)); err != nil {
			return nil, readProblem(r.source.name, err)
		}
	}
	r.source.used = true
	c := &npyRows{npyPart: npyPart{name: r.source.name, header: r.header, at: r.at, columns: r.columns, last: r.header.rows}, from: r.source}
	c.whole = r.source.size < 0
	return c, nil
}

// part is a cursor on some rows of a plain file.
func (r *npyReader) part(first, last int) cursor {
	p := npyPart{name: r.source.name, header: r.header, at: r.at, columns: r.columns, next: first, last: last}
	if r.header.fortran {
		return &npyColumns{npyPart: p, from: r.source.file}
	}
	width := int64(r.header.cols * r.header.kind.size)
	section := io.NewSectionReader(r.source.file, r.header.offset+int64(first)*width, int64(last-first)*width)
	return &npyRows{npyPart: p, from: newBuffer(section)}
}

// npyPart is what cursors on an array know.
type npyPart struct {
	name       string
	header     npyHeader
	columns    []string
	at         []int
	next, last int // rows, from 0
	buffer     []byte
}

// number takes a number that is read; NaN stands for a missing one.
func (p *npyPart) number(b []byte, i, j int) (float64, error) {
	v := p.header.kind.read(b)
	if math.IsInf(v, 0) {
		return 0, problemf(p.name, "%s: %v is not a finite number; correct the cell, or drop the row", place(i+1, 0, p.columns[j]), v)
	}
	return v, nil
}

// short reports a file that ends, or cannot be read further, at row i (from 0).
func (p *npyPart) short(err error, i int) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return &problem{problemf(p.name, "it is cut short: its header promises %d rows, it ends in row %d; write or copy it again", p.header.rows, i+1).Error(), io.ErrUnexpectedEOF}
	}
	return readProblem(p.name, err)
}

// npyRows reads an array in C order from a stream.
type npyRows struct {
	npyPart
	from  io.Reader
	whole bool // make sure that nothing follows the array
}

func (c *npyRows) read(batch *accumulator, rows int) error {
	size := c.header.kind.size
	if c.buffer == nil {
		c.buffer = make([]byte, c.header.cols*size)
	}
	for ; batch.rows() < rows && c.next < c.last; c.next++ {
		if _, err := io.ReadFull(c.from, c.buffer); err != nil {
			return c.short(err, c.next)
		}
		row := batch.next()
		for j, k := range c.at {
			v, err := c.number(c.buffer[k*size:], c.next, j)
			if err != nil {
				batch.drop()
				return err
			}
			row[j] = v
		}
	}
	if c.next < c.last {
		return nil
	}
	return c.end()
}

func (c *npyRows) end() error {
	if !c.whole {
		return io.EOF
	}
	switch n, err := io.ReadFull(c.from, c.buffer[:1]); {
	case n > 0:
		return problemf(c.name, "more bytes follow the array of %d × %d; save one array to a file", c.header.rows, c.header.cols)
	case err == io.EOF:
		return err
	default:
		return readProblem(c.name, err)
	}
}

// npyColumns reads an array in Fortran order from a file.
type npyColumns struct {
	npyPart
	from io.ReaderAt
}

func (c *npyColumns) read(batch *accumulator, rows int) error {
	from, size := batch.rows(), c.header.kind.size
	n := min(rows-from, c.last-c.next)
	if n <= 0 {
		return io.EOF
	}
	if len(c.buffer) < n*size {
		c.buffer = make([]byte, n*size)
	}
	for range n {
		batch.next()
	}
	m, piece := batch.matrix(), c.buffer[:n*size]
	for j, k := range c.at {
		at := c.header.offset + (int64(k)*int64(c.header.rows)+int64(c.next))*int64(size)
		if got, err := c.from.ReadAt(piece, at); got < len(piece) {
			return c.give(batch, from, c.short(err, c.next+got/size))
		}
		for i := range n {
			v, err := c.number(piece[i*size:], c.next+i, j)
			if err != nil {
				return c.give(batch, from, err)
			}
			m.Row(from + i)[j] = v
		}
	}
	if c.next += n; c.next == c.last {
		return io.EOF
	}
	return nil
}

// give takes rows back that are not complete.
func (c *npyColumns) give(batch *accumulator, from int, err error) error {
	batch.values = batch.values[:from*batch.cols]
	return err
}

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
}

func newNpyReader(s *source, o Options) (Reader, error) {
	h, err := readNpyHeader(s)
	if err != nil {
		return nil, problemf(s.name, "%v", err)
	}
	if have := s.size - h.offset; s.size >= 0 && have < h.size() {
		return nil, problemf(s.name, "it is cut short: its header promises %d rows of %d columns, only %d are there; write or copy it again",
			h.rows, h.cols, have/int64(h.cols*h.kind.size))
	} else if s.size >= 0 && have > h.size() {
		return nil, problemf(s.name, "%d bytes follow the array of %d × %d; save one array to a file", have-h.size(), h.rows, h.cols)
	}
	if h.fortran && s.size < 0 {
		return nil, problemf(s.name, "an array in Fortran order can be read from a plain file only; unpack it, or save it in C order: numpy.ascontiguousarray")
	}
	all := numbered(h.cols)
	r := &npyReader{source: s, header: h, columns: o.Columns}
	if r.columns == nil {
		r.columns = all
	}
	if len(r.columns) == 0 {
		return nil, problemf(s.name, "no column is asked for (columns: %s)", listed(all))
	}
	r.at, err = Match(s.name, all, r.columns)
	return r, err
}

func (r *npyReader) Columns() []string { return r.columns }

func (r *npyReader) Close() error { return r.source.Close() }

func (r *npyReader) Batches(rows int) iter.Seq2[matrix.Matrix[float64], error] {
	if rows <= 0 {
		rows = DefaultBatch
	}
	return func(yield func(matrix.Matrix[float64], error) bool) {
		read := r.readRows
		if r.header.fortran {
			read = r.readColumns
		}
		err := r.restart()
		batch := accumulator{cols: len(r.columns)}
		var buffer []byte
		for done := 0; done < r.header.rows && err == nil; done += batch.rows() {
			batch.values = batch.values[:0]
			n := min(rows, r.header.rows-done)
			if buffer, err = read(&batch, buffer, done, n); err == nil && !yield(batch.matrix(), nil) {
				return
			}
		}
		if err == nil && r.source.size < 0 {
			err = r.atEnd()
		}
		if err != nil {
			yield(matrix.Matrix[float64]{}, err)
		}
	}
}

// restart goes back to the first element where a pass began before.
func (r *npyReader) restart() error {
	if r.source.used && !r.header.fortran {
		if err := r.source.rewind(); err != nil {
			return err
		}
		if _, err := r.source.Discard(int(r.header.offset)); err != nil {
			return readProblem(r.source.name, err)
		}
	}
	r.source.used = true
	return nil
}

// atEnd makes sure that nothing follows the array in a stream, as was checked by size for a file.
func (r *npyReader) atEnd() error {
	switch _, err := r.source.ReadByte(); err {
	case io.EOF:
		return nil
	case nil:
		return problemf(r.source.name, "more bytes follow the array of %d × %d; save one array to a file", r.header.rows, r.header.cols)
	default:
		return readProblem(r.source.name, err)
	}
}

// readRows appends n rows from the stream.
func (r *npyReader) readRows(batch *accumulator, buffer []byte, done, n int) ([]byte, error) {
	size := r.header.kind.size
	if buffer == nil {
		buffer = make([]byte, r.header.cols*size)
	}
	for i := range n {
		if _, err := io.ReadFull(r.source, buffer); err != nil {
			return nil, r.short(err, done+i)
		}
		row := batch.next()
		for j, k := range r.at {
			v := r.header.kind.read(buffer[k*size:])
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, r.notFinite(v, done+i, j)
			}
			row[j] = v
		}
	}
	return buffer, nil
}

// readColumns appends n rows, column by column.
func (r *npyReader) readColumns(batch *accumulator, buffer []byte, done, n int) ([]byte, error) {
	size := r.header.kind.size
	if buffer == nil {
		buffer = make([]byte, n*size) // the first batch is the longest
	}
	for range n {
		batch.next()
	}
	m, piece := batch.matrix(), buffer[:n*size]
	for j, k := range r.at {
		at := r.header.offset + (int64(k)*int64(r.header.rows)+int64(done))*int64(size)
		if got, err := r.source.file.ReadAt(piece, at); got < len(piece) {
			return nil, r.short(err, done+got/size)
		}
		for i := range n {
			v := r.header.kind.read(piece[i*size:])
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, r.notFinite(v, done+i, j)
			}
			m.Data[i*m.Stride+j] = v
		}
	}
	return buffer, nil
}

// short reports a file that ends, or cannot be read further, at row i (from 0).
func (r *npyReader) short(err error, i int) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return &problem{problemf(r.source.name, "it is cut short: its header promises %d rows, it ends in row %d; write or copy it again", r.header.rows, i+1).Error(), io.ErrUnexpectedEOF}
	}
	return readProblem(r.source.name, err)
}

func (r *npyReader) notFinite(v float64, i, j int) error {
	return problemf(r.source.name, "%s: %v is not a finite number; correct the cell, or drop the row", place(i+1, 0, r.columns[j]), v)
}

package data

import (
	"archive/zip"
	"compress/flate"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"diffeo/matrix"
)

const (
	zipMagic      = "PK\x03\x04"
	maxNpzEntries = 1 << 16
)

// npzReader streams arrays of an npz archive: a zip file whose entries are npy files. Elements are unpacked as they are needed; what
// an entry unpacks to beyond the size that its header promises is never read.
type npzReader struct {
	source  *source
	table   npzTable
	columns []string
	at      []int
	gaps    *gaps
}

// npzArray is an entry that can be read.
type npzArray struct {
	key    string
	header npyHeader
	file   *zip.File
}

// npzTable is what of an archive makes up the table: one array of two axes, or columns of one.
type npzTable struct {
	arrays []npzArray
	wide   bool
	names  []string // of all columns
}

func newNpzReader(s *source, o Options) (Reader, error) {
	if s.size < 0 {
		return nil, problemf(s.name, "an npz archive can be read from a plain file only, not packed again or through a pipe; save it first")
	}
	z, err := zip.NewReader(s.file, s.size)
	if err != nil {
		return nil, problemf(s.name, "this is a damaged zip archive (%v); write or copy it again", err)
	}
	if len(z.File) > maxNpzEntries {
		return nil, problemf(s.name, "the archive has %d entries; at most %d are read", len(z.File), maxNpzEntries)
	}
	r := &npzReader{source: s}
	if r.table, err = npzChoose(s.name, z.File, o); err != nil {
		return nil, err
	}
	if r.columns, r.at, err = choose(s.name, r.table.names, o); err != nil {
		return nil, err
	}
	if a := r.table.arrays; !r.table.wide {
		for _, k := range r.at {
			if n, first := a[k].header.rows, a[r.at[0]].header.rows; n != first {
				return nil, problemf(s.name, "column %q has %d rows, column %q %d; name columns of one length (--columns), or one array (--array)",
					a[k].key, n, a[r.at[0]].key, first)
			}
		}
	}
	r.gaps = newGaps(s.name, r.columns, o)
	return r, nil
}

// npzChoose finds the arrays that make up the table.
func npzChoose(name string, files []*zip.File, o Options) (npzTable, error) {
	var keys, matrices []string
	var arrays []npzArray
	var unread error // of an entry that is no array of numbers
	for _, f := range files {
		key, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			continue // other programs add files of their own
		}
		if slices.Contains(keys, key) {
			return npzTable{}, problemf(name, "two arrays are named %q; write the archive again", key)
		}
		keys = append(keys, key)
		if o.Array != "" && key != strings.TrimSuffix(o.Array, ".npy") {
			continue
		}
		a, err := npzOpen(f, key)
		if err != nil {
			unread = problemf(name, "array %q: %v", key, err)
			continue // names of columns, for example: they do no harm
		}
		if arrays = append(arrays, a); a.header.axes == 2 {
			matrices = append(matrices, key)
		}
	}
	switch {
	case len(keys) == 0:
		return npzTable{}, problemf(name, "this is a zip archive without arrays (an xlsx file, perhaps); write the table with numpy.savez, or as CSV or Parquet")
	case o.Array != "" && !slices.Contains(keys, strings.TrimSuffix(o.Array, ".npy")):
		return npzTable{}, problemf(name, "there is no array %q (arrays: %s)", o.Array, listed(keys))
	case len(arrays) == 0:
		return npzTable{}, unread
	case len(matrices) > 1:
		return npzTable{}, problemf(name, "there are %d arrays of two axes (%s); say by --array which is the table", len(matrices), listed(matrices))
	case len(matrices) == 1:
		a := arrays[slices.IndexFunc(arrays, func(a npzArray) bool { return a.header.axes == 2 })]
		if a.header.fortran {
			return npzTable{}, problemf(name, "array %q is in Fortran order, which is read from npy files only; save it in C order: numpy.ascontiguousarray", a.key)
		}
		return npzTable{arrays: []npzArray{a}, wide: true, names: numbered(a.header.cols)}, nil
	}
	t := npzTable{arrays: arrays}
	for _, a := range arrays {
		t.names = append(t.names, a.key)
	}
	return t, nil
}

// npzOpen reads the header of an entry.
func npzOpen(f *zip.File, key string) (npzArray, error) {
	a := npzArray{key: key, file: f}
	r, err := f.Open()
	if err != nil {
		return a, err
	}
	defer r.Close()
	if a.header, err = readNpyHeader(r); err != nil {
		return a, err
	}
	if want := a.header.offset + a.header.size(); f.UncompressedSize64 != uint64(want) {
		return a, fmt.Errorf("the archive holds %d bytes of it, its header promises %d; write or copy it again", f.UncompressedSize64, want)
	}
	return a, nil
}

func (r *npzReader) Columns() []string { return r.columns }

func (r *npzReader) Close() error { return r.source.Close() }

func (r *npzReader) Batches(rows int) iter.Seq2[matrix.Matrix[float64], error] {
	if rows <= 0 {
		rows = DefaultBatch
	}
	return func(yield func(matrix.Matrix[float64], error) bool) {
		c, err := r.cursor()
		if err != nil {
			yield(matrix.Matrix[float64]{}, err)
			return
		}
		defer c.close()
		stream(c, rows, r.gaps, yield)
	}
}

// npzCursor reads entries side by side.
type npzCursor struct {
	open  []io.ReadCloser
	parts []*npyRows
	piece accumulator // of one part
}

func (r *npzReader) cursor() (*npzCursor, error) {
	c := &npzCursor{}
	add := func(a npzArray, at []int, columns []string) error {
		from, err := a.file.Open()
		if err != nil {
			return problemf(r.source.name, "array %q: %v", a.key, err)
		}
		c.open = append(c.open, from)
		buffered := newBuffer(from)
		if _, err := buffered.Discard(int(a.header.offset)); err != nil {
			return problemf(r.source.name, "array %q: %v", a.key, err)
		}
		part := npyPart{name: r.source.name, header: a.header, at: at, columns: columns, last: a.header.rows}
		c.parts = append(c.parts, &npyRows{npyPart: part, from: unpacking{buffered, a.key}, whole: true})
		return nil
	}
	if r.table.wide {
		return c, add(r.table.arrays[0], r.at, r.columns)
	}
	for j, k := range r.at {
		if err := add(r.table.arrays[k], []int{0}, r.columns[j:j+1]); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

func (c *npzCursor) close() {
	for _, r := range c.open {
		r.Close()
	}
}

func (c *npzCursor) read(batch *accumulator, rows int) error {
	if len(c.parts) == 1 {
		return c.parts[0].read(batch, rows)
	}
	from := batch.rows()
	want := min(rows-from, c.parts[0].last-c.parts[0].next)
	for range want {
		batch.next()
	}
	m := batch.matrix()
	c.piece.cols = 1
	var end error
	for j, part := range c.parts {
		c.piece.values = c.piece.values[:0]
		err := part.read(&c.piece, want)
		if err != nil && err != io.EOF {
			batch.values = batch.values[:from*batch.cols]
			return err
		}
		end = err
		for i, v := range c.piece.values {
			m.Row(from + i)[j] = v
		}
	}
	return end
}

// unpacking says which array is damaged.
type unpacking struct {
	io.Reader
	key string
}

func (u unpacking) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	if _, damaged := err.(flate.CorruptInputError); damaged || err == zip.ErrChecksum || err == zip.ErrFormat {
		err = fmt.Errorf("array %q is damaged (%w)", u.key, err)
	}
	return n, err
}

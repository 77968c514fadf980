package data

import (
	"fmt"
	"io"
	"iter"

	"github.com/apache/arrow-go/v18/parquet"
	pqfile "github.com/apache/arrow-go/v18/parquet/file"

	"diffeo/matrix"
)

const (
	parquetMagic = "PAR1"     // at both ends
	parquetStart = "PAR1\x15" // a structure whose first field is a number follows: text does not begin so

	// What a damaged file can make the reader take: a footer and a page of these sizes at most. Writers make pages of about a MiB.
	maxParquetFooter = 64 << 20
	maxParquetPage   = 64 << 20
)

// parquetReader streams a Parquet file, row group by row group and within one page by page: memory is a page or two for
// every column that is read, whatever the size of row groups. Other columns are not looked at.
type parquetReader struct {
	source  *source
	file    *pqfile.Reader
	all     []parquetColumn
	columns []string
	at      []int
	gaps    *gaps
	groups  []int // the rows of each row group
}

func newParquetReader(s *source, o Options) (Reader, error) {
	if s.size < 0 {
		return nil, problemf(s.name, "a Parquet file is read from its end, which takes a plain file, not packed again or through a pipe; save it first")
	}
	if err := checkParquetFooter(s.file, s.size); err != nil {
		return nil, problemf(s.name, "%v", err)
	}
	limitCodecs()
	r := &parquetReader{source: s}
	err := guard(func() (err error) {
		p := parquet.NewReaderProperties(nil)
		p.BufferedStreamEnabled = true
		p.BufferSize = 1 << 16
		p.MaxCompressedPageSize, p.MaxUncompressedPageSize = maxParquetPage, maxParquetPage
		if r.file, err = pqfile.NewParquetReader(noClose{s.file}, pqfile.WithReadProps(p)); err != nil {
			return err
		}
		r.all = parquetColumns(r.file.MetaData().Schema)
		for g := range r.file.NumRowGroups() {
			n := r.file.RowGroup(g).NumRows()
			if n < 0 || n > 1<<48 {
				return fmt.Errorf("row group %d has %d rows", g+1, n)
			}
			r.groups = append(r.groups, int(n))
		}
		return nil
	})
	if err != nil {
		return nil, problemf(s.name, "this Parquet file is damaged (%v); write or copy it again", err)
	}
	names := make([]string, len(r.all))
	seen := map[string]bool{}
	for i, c := range r.all {
		names[i] = c.name
		if seen[c.name] {
			return nil, problemf(s.name, "two columns are named %q; rename one", c.name)
		}
		seen[c.name] = true
	}
	if len(names) == 0 {
		return nil, problemf(s.name, "the file has no columns; a table needs at least one")
	}
	if r.columns, r.at, err = choose(s.name, names, o); err != nil {
		return nil, err
	}
	if o.Columns != nil { // otherwise the names must be there to choose from
		if err := r.readable(); err != nil {
			return nil, err
		}
	}
	r.gaps = newGaps(s.name, r.columns, o)
	return r, nil
}

// noClose keeps the file from being closed by the library: the source does that.
type noClose struct {
	parquet.ReaderAtSeeker
}

// readable reports the first column of those to read that holds no numbers.
func (r *parquetReader) readable() error {
	for _, k := range r.at {
		if c := r.all[k]; c.refusal != "" {
			return problemf(r.source.name, "column %q %s, or leave the column out", c.name, c.refusal)
		}
	}
	return nil
}

func (r *parquetReader) Columns() []string { return r.columns }

func (r *parquetReader) Close() error { return r.source.Close() }

func (r *parquetReader) Batches(rows int) iter.Seq2[matrix.Matrix[float64], error] {
	if rows <= 0 {
		rows = DefaultBatch
	}
	return func(yield func(matrix.Matrix[float64], error) bool) {
		if err := r.readable(); err != nil {
			yield(matrix.Matrix[float64]{}, err)
			return
		}
		stream(&parquetCursor{reader: r, last: len(r.groups)}, rows, r.gaps, yield)
	}
}

// parquetCursor goes through some row groups.
type parquetCursor struct {
	reader     *parquetReader
	next, last int // row groups
	before     int // rows of the file before the current group
	chunks     []*parquetChunk
	left, done int // rows of the current group
}

func (c *parquetCursor) read(batch *accumulator, rows int) error {
	for batch.rows() < rows {
		if c.left == 0 {
			if c.next == c.last {
				return io.EOF
			}
			if err := c.open(); err != nil {
				return err
			}
			continue
		}
		if err := c.piece(batch, min(rows-batch.rows(), c.left, DefaultBatch)); err != nil {
			return err
		}
	}
	return nil
}

// open begins the next row group.
func (c *parquetCursor) open() error {
	g := c.next
	c.next++
	c.before += c.done
	c.left, c.done, c.chunks = c.reader.groups[g], 0, c.chunks[:0]
	if c.left == 0 {
		return nil
	}
	return c.damaged(guard(func() error {
		group := c.reader.file.RowGroup(g)
		for j, k := range c.reader.at {
			column := c.reader.all[k]
			r, err := group.Column(column.leaf)
			if err != nil {
				return fmt.Errorf("row group %d, column %q: %w", g+1, c.reader.columns[j], err)
			}
			c.chunks = append(c.chunks, column.chunk(r))
		}
		return nil
	}))
}

// piece appends n rows of the current group.
func (c *parquetCursor) piece(batch *accumulator, n int) error {
	from := batch.rows()
	for range n {
		batch.next()
	}
	m := batch.matrix()
	err := guard(func() error {
		for j, chunk := range c.chunks {
			for done := 0; done < n; {
				got, err := chunk.read(n - done)
				if err != nil || got == 0 {
					if err == nil {
						err = fmt.Errorf("its pages end in row %d of %d", c.done+done+1, c.done+c.left)
					}
					return fmt.Errorf("row group %d, column %q: %w", c.next, c.reader.columns[j], err)
				}
				for i, v := range chunk.values[:got] {
					m.Row(from + done + i)[j] = v
				}
				done += got
			}
		}
		return nil
	})
	if err == nil {
		err = c.infinite(m, from)
	} else {
		err = c.damaged(err)
	}
	if err != nil {
		batch.values = batch.values[:from*batch.cols]
		return err
	}
	c.left -= n
	c.done += n
	return nil
}

// infinite refuses rows with an infinity.
func (c *parquetCursor) infinite(m matrix.Matrix[float64], from int) error {
	for i := from; i < m.Rows; i++ {
		for j, v := range m.Row(i) {
			if v-v != 0 && v == v {
				at := place(c.before+c.done+i-from+1, 0, c.reader.columns[j])
				return problemf(c.reader.source.name, "%s: %v is not a finite number; correct the cell, or drop the row", at, v)
			}
		}
	}
	return nil
}

func (c *parquetCursor) damaged(err error) error {
	if err == nil {
		return nil
	}
	return problemf(c.reader.source.name, "this Parquet file is damaged (%v); write or copy it again", err)
}

// guard makes an error of a panic. The library panics on some files that are damaged; nothing of ours runs in it.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%.200v", p)
		}
	}()
	return f()
}

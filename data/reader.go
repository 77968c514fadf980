package data

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strings"

	"diffeo/matrix"
)

// DefaultBatch is the number of rows of a batch where none is asked for.
const DefaultBatch = 4096

// Reader streams a table. It is not safe for concurrent use.
type Reader interface {
	// Columns returns the names of the columns that Batches yields.
	Columns() []string

	// Batches yields the rows of the table from the first on, in matrices of the given number of rows (DefaultBatch where it
	// is not positive); the last one may be shorter. The matrix and its data are overwritten by the next step: copy what has to
	// last. After an error, which is yielded with an empty matrix, the iteration ends; rows of the batch in which it
	// happened are not yielded. A table without rows is an error. Batches may be called again where the file can be
	// rewound (a pipe cannot), one iteration at a time. Rows that miss a value are an error or left out, by Options.Missing; an error
	// of that kind comes after the whole table was gone through, so that it can say how many there are.
	Batches(rows int) iter.Seq2[matrix.Matrix[float64], error]

	// Close releases the file. It has nothing to say that matters: the file was only read.
	io.Closer
}

// Open opens a table. Content decides about the format: npy, npz and Parquet files and gzip are known by their first bytes, everything
// else is CSV; an address that begins with postgres:// is a database (IsDatabase). Parquet and npz need a plain file, not a pipe. Errors wrap fault.ErrData, a bad Options fault.ErrConfig.
func Open(path string, o Options) (Reader, error) {
	if IsDatabase(path) {
		return openPostgres(path, o)
	}
	if err := onlyDatabase(path, o); err != nil {
		return nil, err
	}
	s, err := openSource(path)
	if err != nil {
		return nil, err
	}
	r, err := open(s, o)
	if err != nil {
		s.file.Close()
		return nil, err
	}
	return r, nil
}

// open decides about the format.
func open(s *source, o Options) (Reader, error) {
	start, err := s.Peek(16)
	if err != nil && err != io.EOF {
		return nil, readProblem(s.name, err)
	}
	if len(start) == 0 {
		return nil, problemf(s.name, "the file is empty; a table needs columns and at least one row")
	}
	switch {
	case bytes.HasPrefix(start, []byte(parquetStart)):
		return newParquetReader(s, o)
	case bytes.HasPrefix(start, []byte(zipMagic)):
		return newNpzReader(s, o)
	}
	for _, f := range foreign {
		if bytes.HasPrefix(start, []byte(f.magic)) {
			return nil, problemf(s.name, "this is %s, which cannot be read; %s", f.name, f.remedy)
		}
	}
	extension := strings.ToLower(filepath.Ext(strings.TrimSuffix(strings.ToLower(s.name), ".gz")))
	switch {
	case bytes.HasPrefix(start, []byte(npyMagic)):
		return newNpyReader(s, o)
	case extension == ".parquet" || extension == ".npz":
		return nil, problemf(s.name, "this is no %s file, by its first bytes; write it again, or rename it to what it is", extension[1:])
	case extension == ".npy":
		return nil, problemf(s.name, "this is not an npy file: it does not begin with the bytes \\x93NUMPY; write it with numpy.save, or rename it to what it is")
	}
	if o.Comma == 0 && extension == ".tsv" {
		o.Comma = '\t'
	}
	return newCSVReader(s, o)
}

// foreign are formats that would only give puzzling messages if they were taken for CSV.
var foreign = []struct{ magic, name, remedy string }{
	{"ARROW1\x00", "an Arrow file", "convert it to Parquet or CSV"},
	{"PK\x05\x06", "an empty zip archive", "write the arrays again: numpy.savez"},
	{"\x89HDF", "an HDF5 file", "convert it to Parquet, CSV or npy"},
	{"SQLite format 3", "a SQLite database", "export the table as CSV"},
	{"BZh91AY", "a bzip2 file", "unpack it, or pack it with gzip"},
	{"\xfd7zXZ", "an xz file", "unpack it, or pack it with gzip"},
	{"\x28\xb5\x2f\xfd", "a zstd file", "unpack it, or pack it with gzip"},
	{"\xff\xfe", "UTF-16 text", "save it as UTF-8"},
	{"\xfe\xff", "UTF-16 text", "save it as UTF-8"},
}

// ReadTable reads a whole table into memory.
func ReadTable(path string, o Options) (Table, error) {
	r, err := Open(path, o)
	if err != nil {
		return Table{}, err
	}
	defer r.Close()
	return readAll(r, path, o.Most)
}

func readAll(r Reader, source string, most int64) (Table, error) {
	t := Table{Columns: r.Columns(), Source: SourceName(source)}
	var values []float64
	for batch, err := range r.Batches(DefaultBatch) {
		if err != nil {
			return Table{}, err
		}
		if size := 8 * (int64(len(values)) + int64(len(batch.Data))); most > 0 && size > most {
			return Table{}, problemf(t.Source, "the table has more than %d rows of %s, the %s that are held in memory of it; give fewer rows or columns",
				most/8/int64(len(t.Columns)), count(len(t.Columns), "column"), amount(most))
		}
		values = append(values, batch.Data...) // batches of a Reader have no gaps between rows
	}
	m, err := matrix.Of(values, len(t.Columns))
	t.Values = m
	return t, err
}

// amount is bytes for a message.
func amount(bytes int64) string {
	if bytes < 1<<20 {
		return count(int(bytes), "byte")
	}
	return fmt.Sprintf("%d MiB", bytes>>20)
}

// cursor goes through the rows of a table, or of a part of it, once.
type cursor interface {
	// read appends rows to the batch until it has so many, with NaN for missing values. At the end it returns io.EOF; with any error,
	// rows that were appended before it count.
	read(batch *accumulator, rows int) error
}

// stream yields what a cursor finds, less the rows that miss values.
func stream(c cursor, rows int, g *gaps, yield func(matrix.Matrix[float64], error) bool) {
	g.restart()
	batch := accumulator{cols: len(g.columns)}
	var err error
	for err == nil {
		batch.values = batch.values[:0]
		for batch.rows() < rows && err == nil {
			from := batch.rows()
			err = c.read(&batch, rows)
			g.sift(&batch, from)
		}
		if err == io.EOF && g.row == 0 {
			err = problemf(g.source, "there are no rows; a table needs at least one")
		}
		if err == nil || err == io.EOF {
			if batch.rows() > 0 && !yield(batch.matrix(), nil) {
				return
			}
		}
	}
	if e := g.end(err == io.EOF); e != nil {
		err = e // the first missing value came before whatever ended the pass
	}
	if err != io.EOF {
		yield(matrix.Matrix[float64]{}, err)
	}
}

// accumulator is the reused storage of batches. It grows with the rows that really come, never on the word of a header
// or a caller.
type accumulator struct {
	values []float64
	cols   int
}

// next returns room for one more row; it holds what an earlier batch left there.
func (a *accumulator) next() []float64 {
	n := len(a.values)
	a.values = slices.Grow(a.values, a.cols)[:n+a.cols]
	return a.values[n:]
}

// drop gives up the last row.
func (a *accumulator) drop() { a.values = a.values[:len(a.values)-a.cols] }

func (a *accumulator) rows() int { return len(a.values) / a.cols }

func (a *accumulator) matrix() matrix.Matrix[float64] {
	return matrix.Matrix[float64]{Data: a.values, Rows: a.rows(), Cols: a.cols, Stride: a.cols}
}

// newBuffer is the buffer between the file and the parsers.
func newBuffer(r io.Reader) *bufio.Reader { return bufio.NewReaderSize(r, 1<<16) }

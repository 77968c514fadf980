package data

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"diffeo/fault"
	"diffeo/internal/atomicfile"
	"diffeo/matrix"
)

// WriteOptions say how a table is written. The zero value writes float64.
type WriteOptions struct {
	// Float32 names columns whose values are float32s: they are written with the fewest digits that read back as the same float32.
	// An npy file is of float32 where all its columns are named here, and of float64 otherwise; in a Parquet file each column is of its own type.
	Float32 []string

	// Format is the format by the end of names that have it, without the dot: csv, tsv, csv.gz, tsv.gz, npy or parquet.
	// "": as the name of the file says.
	Format string

	// Rows is how many rows there will be, where that is known; another number of them is then an error at Close. 0: not known. An npy
	// array begins with it, so that one can be written to a stream only with it.
	Rows uint64
}

// Writer writes a table batch by batch. Nothing is at the target's path until Close succeeds. Use it like this:
//
//	w, err := data.CreateTable(path, columns, data.WriteOptions{})
//	if err != nil { … }
//	defer w.Abort() // does nothing after Close
//	for … { if err := w.Write(batch); err != nil { … } }
//	return w.Close()
type Writer interface {
	// Write appends rows. NaN and infinities are written as such, although no Reader takes them back.
	// A batch with another number of columns is an error wrapping fault.ErrShape.
	Write(batch matrix.Matrix[float64]) error

	// Close finishes the file and puts it in place. Where that, or a Write before it, failed, nothing of it stays.
	Close() error

	// Abort gives the file up: nothing of it stays, and a file that was there before survives. After Close it does nothing.
	// What went to a stream stays there.
	Abort()
}

// encoder writes one format. Its sink is buffered.
type encoder interface {
	begin(columns []string) error
	rows(batch matrix.Matrix[float64]) error
	end() error
}

// sink takes the bytes of a table.
type sink struct {
	io.Writer
	at   io.WriterAt // nil: a stream
	rows uint64      // that were promised; 0: none were
}

// formats are the formats that can be written, by the end of the file's name.
var formats = []struct {
	extension string
	make      func(s sink, single []bool) encoder
}{
	{".csv", func(s sink, single []bool) encoder { return newCSVEncoder(s, ',', false, single) }},
	{".tsv", func(s sink, single []bool) encoder { return newCSVEncoder(s, '\t', false, single) }},
	{".csv.gz", func(s sink, single []bool) encoder { return newCSVEncoder(s, ',', true, single) }},
	{".tsv.gz", func(s sink, single []bool) encoder { return newCSVEncoder(s, '\t', true, single) }},
	{".npy", func(s sink, single []bool) encoder { return newNpyEncoder(s, single) }},
	{".parquet", func(s sink, single []bool) encoder { return newParquetEncoder(s, single) }},
}

// CreateTable starts a table file. The end of its name decides about the format: .csv, .tsv (both also with .gz), .parquet, or .npy,
// which keeps no column names; unless o.Format does. The folder must exist; a file that is there is replaced at Close. Column names that are empty, occur
// twice or could not be read back, and unknown formats, are errors that wrap fault.ErrConfig.
func CreateTable(path string, columns []string, o WriteOptions) (Writer, error) {
	w, format, err := prepare(path, columns, o)
	if err != nil {
		return nil, err
	}
	f, err := atomicfile.Create(path)
	if err != nil {
		return nil, err
	}
	w.file = f
	return w.begin(sink{f, f, o.Rows}, format, columns)
}

// prepare checks what is asked for, and finds the format.
func prepare(path string, columns []string, o WriteOptions) (w *tableWriter, format int, err error) {
	if err := checkColumns(columns); err != nil {
		return nil, 0, fmt.Errorf("%s: %w", path, err)
	}
	at, err := Match(path, columns, o.Float32)
	if err != nil {
		return nil, 0, err
	}
	w = &tableWriter{name: path, cols: len(columns), single: make([]bool, len(columns)), promised: o.Rows}
	for _, k := range at {
		w.single[k] = true
	}
	var known []string
	for _, format := range formats {
		known = append(known, format.extension)
	}
	base := strings.ToLower(filepath.Base(path))
	if o.Format != "" {
		base = "." + o.Format
		if !slices.Contains(known, base) {
			return nil, 0, fmt.Errorf("%w: %s: there is no format %q to write (%s)", fault.ErrConfig, path, o.Format, strings.ReplaceAll(strings.Join(known, ", "), ".", ""))
		}
	}
	i := slices.IndexFunc(known, func(e string) bool { return strings.HasSuffix(base, e) })
	if i < 0 {
		return nil, 0, fmt.Errorf("%w: %s: tables are written to files that end in %s; name it so", fault.ErrConfig, path, strings.Join(known, ", "))
	}
	return w, i, nil
}

// tableWriter is the part of writing that all formats share.
type tableWriter struct {
	name     string
	file     *atomicfile.File // nil: a stream
	encoder  encoder
	cols     int
	single   []bool // by column: write as float32
	rows     uint64 // so far
	promised uint64 // 0: any number
	err      error  // the first failure; later calls repeat it
}

func (w *tableWriter) begin(s sink, format int, columns []string) (Writer, error) {
	w.encoder = formats[format].make(s, w.single)
	if err := w.encoder.begin(columns); err != nil {
		w.Abort()
		return nil, err
	}
	return w, nil
}

func (w *tableWriter) Write(batch matrix.Matrix[float64]) error {
	if w.err != nil {
		return w.err
	}
	if err := batch.Check(); err != nil {
		return fmt.Errorf("%s: %w", w.name, err)
	}
	if batch.Cols != w.cols && batch.Rows > 0 {
		return fmt.Errorf("%s: %w: rows of %d columns for a table of %d", w.name, fault.ErrShape, batch.Cols, w.cols)
	}
	w.rows += uint64(batch.Rows)
	w.err = w.encoder.rows(batch)
	return w.err
}

func (w *tableWriter) Close() error {
	if w.file != nil {
		defer w.file.Abort()
	}
	if w.err == nil && w.promised > 0 && w.rows != w.promised {
		w.err = fmt.Errorf("%s: %w: %d rows for a table of %d", w.name, fault.ErrShape, w.rows, w.promised)
	}
	if w.err == nil {
		w.err = w.encoder.end()
	}
	if w.err == nil && w.file != nil {
		w.err = w.file.Commit()
	}
	if w.err != nil {
		return w.err
	}
	w.err = fmt.Errorf("%s: the table is closed: %w", w.name, io.ErrClosedPipe)
	return nil
}

func (w *tableWriter) Abort() {
	if w.file != nil {
		w.file.Abort()
	}
	if w.err == nil {
		w.err = fmt.Errorf("%s: the table was given up: %w", w.name, io.ErrClosedPipe)
	}
}

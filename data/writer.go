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
	Abort()
}

// encoder writes one format. Its sink is buffered.
type encoder interface {
	begin(columns []string) error
	rows(batch matrix.Matrix[float64]) error
	end() error
}

// formats are the formats that can be written, by the end of the file's name.
var formats = []struct {
	extension string
	make      func(f *atomicfile.File, single []bool) encoder
}{
	{".csv", func(f *atomicfile.File, single []bool) encoder { return newCSVEncoder(f, ',', false, single) }},
	{".tsv", func(f *atomicfile.File, single []bool) encoder { return newCSVEncoder(f, '\t', false, single) }},
	{".csv.gz", func(f *atomicfile.File, single []bool) encoder { return newCSVEncoder(f, ',', true, single) }},
	{".tsv.gz", func(f *atomicfile.File, single []bool) encoder { return newCSVEncoder(f, '\t', true, single) }},
	{".npy", func(f *atomicfile.File, single []bool) encoder { return newNpyEncoder(f, single) }},
	{".parquet", func(f *atomicfile.File, single []bool) encoder { return newParquetEncoder(f, single) }},
}

// CreateTable starts a table file. The end of its name decides about the format: .csv, .tsv (both also with .gz), .parquet, or .npy,
// which keeps no column names. The folder must exist; a file that is there is replaced at Close. Column names that are empty, occur
// twice or could not be read back, and unknown formats, are errors that wrap fault.ErrConfig.
func CreateTable(path string, columns []string, o WriteOptions) (Writer, error) {
	if err := checkColumns(columns); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	at, err := Match(path, columns, o.Float32)
	if err != nil {
		return nil, err
	}
	single := make([]bool, len(columns))
	for _, k := range at {
		single[k] = true
	}
	var known []string
	for _, format := range formats {
		known = append(known, format.extension)
	}
	base := strings.ToLower(filepath.Base(path))
	i := slices.IndexFunc(known, func(e string) bool { return strings.HasSuffix(base, e) })
	if i < 0 {
		return nil, fmt.Errorf("%w: %s: tables are written to files that end in %s; name it so", fault.ErrConfig, path, strings.Join(known, ", "))
	}
	f, err := atomicfile.Create(path)
	if err != nil {
		return nil, err
	}
	w := &tableWriter{name: path, file: f, encoder: formats[i].make(f, single), cols: len(columns)}
	if err := w.encoder.begin(columns); err != nil {
		f.Abort()
		return nil, err
	}
	return w, nil
}

// tableWriter is the part of writing that all formats share.
type tableWriter struct {
	name    string
	file    *atomicfile.File
	encoder encoder
	cols    int
	err     error // the first failure; later calls repeat it
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
	w.err = w.encoder.rows(batch)
	return w.err
}

func (w *tableWriter) Close() error {
	defer w.file.Abort()
	if w.err == nil {
		w.err = w.encoder.end()
	}
	if w.err == nil {
		w.err = w.file.Commit()
	}
	if w.err != nil {
		return w.err
	}
	w.err = fmt.Errorf("%s: the table is closed: %w", w.name, io.ErrClosedPipe)
	return nil
}

func (w *tableWriter) Abort() {
	w.file.Abort()
	if w.err == nil {
		w.err = fmt.Errorf("%s: the table was given up: %w", w.name, io.ErrClosedPipe)
	}
}

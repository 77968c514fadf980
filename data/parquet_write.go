package data

import (
	"bufio"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	pqfile "github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"diffeo/matrix"
)

// Row groups are what a shuffled reader shuffles first, so they are short, but not so short that their metadata count.
const (
	parquetGroupBytes = 16 << 20
	parquetGroupRows  = 1 << 16
)

// parquetEncoder writes columns of float64, or of float32, without nulls, packed by snappy.
type parquetEncoder struct {
	sink    *bufio.Writer
	file    *pqfile.Writer
	single  []bool
	columns [][]float64 // of the row group at hand
	limit   int         // rows of a row group
	narrow  []float32
}

func newParquetEncoder(w io.Writer, single []bool) *parquetEncoder {
	n := len(single)
	return &parquetEncoder{
		sink: bufio.NewWriterSize(w, 1<<16), single: single, columns: make([][]float64, n),
		limit: min(max(parquetGroupBytes/(8*n), 1<<10), parquetGroupRows),
	}
}

func (e *parquetEncoder) begin(columns []string) error {
	return guard(func() error {
		fields := make(schema.FieldList, len(columns))
		for i, name := range columns {
			if e.single[i] {
				fields[i] = schema.NewFloat32Node(name, parquet.Repetitions.Required, -1)
			} else {
				fields[i] = schema.NewFloat64Node(name, parquet.Repetitions.Required, -1)
			}
		}
		root, err := schema.NewGroupNode("schema", parquet.Repetitions.Required, fields, -1)
		if err != nil {
			return err
		}
		p := parquet.NewWriterProperties(parquet.WithDictionaryDefault(false), parquet.WithCompression(compress.Codecs.Snappy),
			parquet.WithCreatedBy("diffeo"))
		e.file, err = pqfile.NewParquetWriterWithError(onlyWriter{e.sink}, root, pqfile.WithWriterProps(p))
		return err
	})
}

// onlyWriter keeps the library from closing the sink.
type onlyWriter struct{ io.Writer }

func (e *parquetEncoder) rows(batch matrix.Matrix[float64]) error {
	for r := range batch.Rows {
		for j, v := range batch.Row(r) {
			e.columns[j] = append(e.columns[j], v)
		}
		if len(e.columns[0]) == e.limit {
			if err := e.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush writes a row group.
func (e *parquetEncoder) flush() error {
	return guard(func() error {
		group, err := e.file.AppendRowGroupChecked()
		if err != nil {
			return err
		}
		for j, values := range e.columns {
			column, err := group.NextColumn()
			if err != nil {
				return err
			}
			switch w := column.(type) {
			case *pqfile.Float64ColumnChunkWriter:
				_, err = w.WriteBatch(values, nil, nil)
			case *pqfile.Float32ColumnChunkWriter:
				e.narrow = e.narrow[:0]
				for _, v := range values {
					e.narrow = append(e.narrow, float32(v))
				}
				_, err = w.WriteBatch(e.narrow, nil, nil)
			default:
				err = fmt.Errorf("column %d cannot be written", j+1)
			}
			if err == nil {
				err = column.Close()
			}
			if err != nil {
				return err
			}
			e.columns[j] = values[:0]
		}
		return group.Close()
	})
}

func (e *parquetEncoder) end() error {
	if len(e.columns[0]) > 0 {
		if err := e.flush(); err != nil {
			return err
		}
	}
	if err := guard(e.file.Close); err != nil {
		return err
	}
	return e.sink.Flush()
}

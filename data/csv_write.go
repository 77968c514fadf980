package data

import (
	"bufio"
	"compress/gzip"
	"io"
	"strconv"
	"strings"

	"diffeo/matrix"
)

// csvEncoder writes separated values with a header and line feeds. Numbers have the fewest digits that read
// back as the same float64, or float32.
type csvEncoder struct {
	sink   *bufio.Writer
	pack   *gzip.Writer // nil: plain
	comma  byte
	single []bool // by column: write as float32
	line   []byte
}

func newCSVEncoder(w io.Writer, comma byte, packed bool, single []bool) *csvEncoder {
	e := &csvEncoder{comma: comma, single: single}
	if packed {
		e.pack = gzip.NewWriter(w) // its header holds no name and no time: equal tables give equal files
		w = e.pack
	}
	e.sink = bufio.NewWriterSize(w, 1<<16)
	return e
}

func (e *csvEncoder) begin(columns []string) error {
	for i, name := range columns {
		if i > 0 {
			e.line = append(e.line, e.comma)
		}
		if strings.ContainsAny(name, ",;|\t\"") || strings.HasPrefix(name, byteOrderMark) {
			name = `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		}
		e.line = append(e.line, name...)
	}
	e.line = append(e.line, '\n')
	_, err := e.sink.Write(e.line)
	return err
}

func (e *csvEncoder) rows(batch matrix.Matrix[float64]) error {
	for r := range batch.Rows {
		e.line = e.line[:0]
		for c, v := range batch.Row(r) {
			if c > 0 {
				e.line = append(e.line, e.comma)
			}
			bits := 64
			if e.single[c] {
				bits = 32
			}
			e.line = strconv.AppendFloat(e.line, v, 'g', -1, bits)
		}
		e.line = append(e.line, '\n')
		if _, err := e.sink.Write(e.line); err != nil {
			return err
		}
	}
	return nil
}

func (e *csvEncoder) end() error {
	if err := e.sink.Flush(); err != nil {
		return err
	}
	if e.pack != nil {
		return e.pack.Close()
	}
	return nil
}

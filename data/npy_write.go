package data

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"diffeo/internal/atomicfile"
	"diffeo/matrix"
)

// npyEncoder writes an array of two axes in C order. The number of rows is known at the end only, so the header is written with
// room for any number and written again then.
type npyEncoder struct {
	file  *atomicfile.File
	sink  *bufio.Writer
	float bool // float32, not float64
	cols  int
	count int // rows so far
	row   []byte
}

// npyHeaderSize is the length of the header with everything before it. The elements must begin at a multiple of 64.
const npyHeaderSize = 128

func newNpyEncoder(f *atomicfile.File, single []bool) *npyEncoder {
	return &npyEncoder{file: f, sink: bufio.NewWriterSize(f, 1<<16), float: !slices.Contains(single, false)}
}

func (e *npyEncoder) header() []byte {
	descr := "<f8"
	if e.float {
		descr = "<f4"
	}
	b := append([]byte(npyMagic), 1, 0)
	b = binary.LittleEndian.AppendUint16(b, npyHeaderSize-10)
	b = fmt.Appendf(b, "{'descr': '%s', 'fortran_order': False, 'shape': (%d, %d), }", descr, e.count, e.cols)
	return append(b, strings.Repeat(" ", npyHeaderSize-1-len(b))+"\n"...)
}

func (e *npyEncoder) begin(columns []string) error {
	e.cols = len(columns)
	_, err := e.sink.Write(e.header())
	return err
}

func (e *npyEncoder) rows(batch matrix.Matrix[float64]) error {
	for r := range batch.Rows {
		e.row = e.row[:0]
		for _, v := range batch.Row(r) {
			if e.float {
				e.row = binary.LittleEndian.AppendUint32(e.row, math.Float32bits(float32(v)))
			} else {
				e.row = binary.LittleEndian.AppendUint64(e.row, math.Float64bits(v))
			}
		}
		if _, err := e.sink.Write(e.row); err != nil {
			return err
		}
		e.count++
	}
	return nil
}

func (e *npyEncoder) end() error {
	if err := e.sink.Flush(); err != nil {
		return err
	}
	_, err := e.file.WriteAt(e.header(), 0)
	return err
}

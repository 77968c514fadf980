package data

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"diffeo/matrix"
)

// npyEncoder writes an array of two axes in C order. Where the number of rows was not promised it is known at the end only, so the header
// is written with room for any number and written again then.
type npyEncoder struct {
	to    sink
	sink  *bufio.Writer
	float bool // float32, not float64
	cols  int
	count uint64 // rows so far
	row   []byte
}

// npyHeaderSize is the length of the header with everything before it. The elements must begin at a multiple of 64.
const npyHeaderSize = 128

func newNpyEncoder(s sink, single []bool) *npyEncoder {
	return &npyEncoder{to: s, sink: bufio.NewWriterSize(s, 1<<16), float: !slices.Contains(single, false)}
}

func (e *npyEncoder) header(rows uint64) []byte {
	descr := "<f8"
	if e.float {
		descr = "<f4"
	}
	return npyPreamble(descr, fmt.Sprintf("%d, %d", rows, e.cols))
}

// npyPreamble is all that comes before the elements of an array in C order; shape lists two axes or more.
func npyPreamble(descr, shape string) []byte {
	b := append([]byte(npyMagic), 1, 0)
	b = binary.LittleEndian.AppendUint16(b, npyHeaderSize-10)
	b = fmt.Appendf(b, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, shape)
	return append(b, strings.Repeat(" ", npyHeaderSize-1-len(b))+"\n"...)
}

func (e *npyEncoder) begin(columns []string) error {
	e.cols = len(columns)
	_, err := e.sink.Write(e.header(e.to.rows))
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
	if e.to.rows > 0 { // it stands there already
		return nil
	}
	_, err := e.to.at.WriteAt(e.header(e.count), 0)
	return err
}

package data

import (
	"bytes"
	"errors"
	"io"
)

// maxRecord bounds the bytes of one row, and so the memory that a quote that is never closed can take.
const maxRecord = 16 << 20

var (
	errLongRecord = errors.New("record too long")
	errOpenQuote  = errors.New("quote not closed")
)

// records cuts a stream of bytes into the records of RFC 4180: lines, except that a line break inside quotes does not end
// one. A record lies in the buffer itself and is valid until the next call.
type records struct {
	src        io.Reader
	buf        []byte
	start, end int   // the bytes that are read and not yet given out
	line       int   // lines given out so far
	taken      int64 // bytes given out so far, with line breaks
	done       bool
}

func newRecords(src io.Reader) *records { return &records{src: src, buf: make([]byte, 1<<18)} }

// next returns the next record without its line break, the line on which it starts, and whether it holds a quote. At the
// end it returns io.EOF.
func (s *records) next() (record []byte, line int, hasQuote bool, err error) {
	line = s.line + 1
	seen := 0   // bytes of the record looked at
	quotes := 0 // among them
	lines := 0
	for {
		rest := s.buf[s.start+seen : s.end]
		i := bytes.IndexByte(rest, '\n')
		if i < 0 && !s.done {
			if err := s.fill(); err != nil {
				return nil, line, quotes > 0, err
			}
			continue
		}
		if i < 0 { // the last line, which has no break
			if s.start == s.end {
				return nil, line, false, io.EOF
			}
			quotes += bytes.Count(rest, quote)
			if quotes%2 != 0 {
				return nil, line, true, errOpenQuote
			}
			record = s.buf[s.start:s.end]
			s.taken += int64(s.end - s.start)
			s.start = s.end
			s.line += lines + 1
			return bytes.TrimSuffix(record, carriageReturn), line, quotes > 0, nil
		}
		lines++
		seen += i + 1
		quotes += bytes.Count(rest[:i], quote)
		if quotes%2 != 0 {
			continue // the break is inside quotes
		}
		record = s.buf[s.start : s.start+seen-1]
		s.start += seen
		s.taken += int64(seen)
		s.line += lines
		return bytes.TrimSuffix(record, carriageReturn), line, quotes > 0, nil
	}
}

var quote, carriageReturn = []byte{'"'}, []byte{'\r'}

// fill moves what is left to the front of the buffer, which doubles where a record fills it, and reads more.
func (s *records) fill() error {
	copy(s.buf, s.buf[s.start:s.end])
	s.start, s.end = 0, s.end-s.start
	if s.end == len(s.buf) {
		if len(s.buf) >= maxRecord {
			return errLongRecord
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for range 100 {
		n, err := s.src.Read(s.buf[s.end:])
		s.end += n
		if err == io.EOF {
			s.done = true
			return nil
		}
		if n > 0 || err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

var (
	errBareQuote  = errors.New("bare quote")
	errAfterQuote = errors.New("text after quote")
)

// splitFields appends the cells of a record to fields, quotes removed: the slow way, for headers and records with quotes.
// The cells are views of the record or of scratch, both of which are returned for reuse.
func splitFields(fields [][]byte, scratch, record []byte, comma byte) (cells [][]byte, used []byte, err error) {
	for {
		if len(record) == 0 || record[0] != '"' {
			i := bytes.IndexByte(record, comma)
			cell := record
			if i >= 0 {
				cell = record[:i]
			}
			if bytes.IndexByte(cell, '"') >= 0 {
				return fields, scratch, errBareQuote
			}
			fields = append(fields, cell)
			if i < 0 {
				return fields, scratch, nil
			}
			record = record[i+1:]
			continue
		}
		record = record[1:]
		begin := len(scratch)
		for {
			i := bytes.IndexByte(record, '"')
			if i < 0 {
				return fields, scratch, errOpenQuote
			}
			scratch = append(scratch, record[:i]...)
			record = record[i+1:]
			if len(record) == 0 || record[0] != '"' {
				break
			}
			scratch = append(scratch, '"') // two quotes stand for one
			record = record[1:]
		}
		// scratch may move when it grows: cells that were taken from it before keep the old storage, which stays valid.
		fields = append(fields, scratch[begin:len(scratch):len(scratch)])
		if len(record) == 0 {
			return fields, scratch, nil
		}
		if record[0] != comma {
			return fields, scratch, errAfterQuote
		}
		record = record[1:]
	}
}

package data

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"os"
)

// source is an open file, unpacked where it is gzipped, that can be read from the start again.
type source struct {
	*bufio.Reader
	name   string
	file   *os.File
	size   int64 // bytes of a regular file that is not packed; −1: unknown
	packed bool
	used   bool // bytes behind the header were taken: the next pass has to rewind
}

func openSource(path string) (*source, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, readProblem(path, err)
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = errFolder
	}
	s := &source{name: path, file: f, size: -1}
	if err == nil {
		if info.Mode().IsRegular() {
			s.size = info.Size()
		}
		err = s.start()
	}
	if err != nil {
		f.Close()
		if err == errFolder {
			return nil, problemf(path, "this is a folder; name a file in it")
		}
		return nil, readProblem(path, err)
	}
	return s, nil
}

var errFolder = errors.New("is a folder")

// start begins to read at the file's current position.
func (s *source) start() error {
	s.Reader = newBuffer(s.file)
	if b, _ := s.Peek(2); string(b) != "\x1f\x8b" {
		return nil
	}
	z, err := gzip.NewReader(s.Reader)
	if err != nil {
		return err
	}
	s.Reader = newBuffer(z)
	s.packed, s.size = true, -1
	return nil
}

// rewind goes back to the first byte.
func (s *source) rewind() error {
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return &problem{s.name + ": it can be read only once, as it is no regular file; save it first", err}
	}
	if err := s.start(); err != nil {
		return readProblem(s.name, err)
	}
	return nil
}

// Close closes the file.
func (s *source) Close() error { return s.file.Close() }

package main

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// The parts of the training file, and those of its classes.
const (
	trainImages = "train-images-idx3-ubyte"
	trainLabels = "train-labels-idx1-ubyte"
	heldImages  = "held-images-idx3-ubyte"
	heldLabels  = "held-labels-idx1-ubyte"
)

// at is a file of the scratch folder.
func (c config) at(name string) string { return filepath.Join(c.scratch, name) }

// split writes the pictures and classes that are learned, and the last ones, which are held out, as IDX files of their own.
func (c config) split() error {
	for _, f := range []struct {
		from, train, held string
		axes              int
	}{
		{"train-images-idx3-ubyte.gz", trainImages, heldImages, 3},
		{"train-labels-idx1-ubyte.gz", trainLabels, heldLabels, 1},
	} {
		if err := splitIDX(filepath.Join(c.shared, "data", "mnist", f.from), c.at(f.train), c.at(f.held), f.axes, c.held); err != nil {
			return err
		}
	}
	return nil
}

// splitIDX writes all but the last items of an IDX file of bytes to one file, and those to another.
func splitIDX(from, first, last string, axes, held int) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	z, err := gzip.NewReader(bufio.NewReader(in))
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	header := make([]byte, 4+4*axes) // the magic number and the length of each axis
	if _, err := io.ReadFull(z, header); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	n, size := int(binary.BigEndian.Uint32(header[4:])), int64(1)
	for i := 1; i < axes; i++ {
		size *= int64(binary.BigEndian.Uint32(header[4+4*i:]))
	}
	if held >= n {
		return fmt.Errorf("%s: %d of %d items cannot be held out", from, held, n)
	}
	for _, part := range []struct {
		to    string
		items int
	}{{first, n - held}, {last, held}} {
		binary.BigEndian.PutUint32(header[4:], uint32(part.items))
		if err := writeIDX(part.to, header, z, int64(part.items)*size); err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
	}
	return nil
}

func writeIDX(to string, header []byte, items io.Reader, bytes int64) error {
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = out.Write(header)
	if err == nil {
		_, err = io.CopyN(out, items, bytes)
	}
	return errors.Join(err, out.Close())
}

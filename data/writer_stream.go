package data

import (
	"fmt"
	"io"

	"diffeo/fault"
)

// StreamTable writes a table to a pipe, a device or a connection, from its first byte to its last; name is for messages, and for the format where
// o.Format does not tell it. What was written before a failure stays where it went. Errors are those of CreateTable; an npy array needs o.Rows.
func StreamTable(to io.Writer, name string, columns []string, o WriteOptions) (Writer, error) {
	w, format, err := prepare(name, columns, o)
	if err != nil {
		return nil, err
	}
	if formats[format].extension == ".npy" && o.Rows == 0 {
		return nil, fmt.Errorf("%w: %s: an npy array begins with its number of rows, which is not known yet; write another format, or to a file", fault.ErrConfig, name)
	}
	return w.begin(sink{named{to, name}, nil, o.Rows}, format, columns)
}

// named adds to errors where they happened.
type named struct {
	io.Writer
	name string
}

func (w named) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if err != nil {
		err = fmt.Errorf("writing %s: %w", w.name, err)
	}
	return n, err
}

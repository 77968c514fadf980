package data

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"diffeo/fault"
)

// A stream gets the bytes that a file gets.
func TestStreamTable(t *testing.T) {
	columns, rows := []string{"a", "b"}, of(2, 1, -2, 0.5, 1e300, 3, 4)
	for _, f := range formats {
		path := filepath.Join(t.TempDir(), "t"+f.extension)
		write(t, path, columns, WriteOptions{}, rows)
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		w, err := StreamTable(&got, "the pipe", columns, WriteOptions{Format: f.extension[1:], Rows: 3})
		if err != nil {
			t.Fatalf("%s: %v", f.extension, err)
		}
		if err := errors.Join(w.Write(rows.Slice(0, 1)), w.Write(rows.Slice(1, 3)), w.Close()); err != nil {
			t.Fatalf("%s: %v", f.extension, err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s: a stream gets %d bytes, a file %d, or others", f.extension, got.Len(), len(want))
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("nobody listens") }

// What cannot be streamed is refused, and what fails says where.
func TestStreamTableFails(t *testing.T) {
	columns, rows := []string{"a", "b"}, of(2, 1, 2)
	_, err := StreamTable(&bytes.Buffer{}, "the pipe", columns, WriteOptions{Format: "npy"})
	if !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), "begins with its number of rows") {
		t.Error(err)
	}
	_, err = StreamTable(&bytes.Buffer{}, "the pipe", columns, WriteOptions{Format: "xlsx"})
	if !errors.Is(err, fault.ErrConfig) || !strings.Contains(err.Error(), `no format "xlsx" to write (csv, `) {
		t.Error(err)
	}
	if _, err = StreamTable(&bytes.Buffer{}, "the pipe", columns, WriteOptions{}); !errors.Is(err, fault.ErrConfig) {
		t.Error(err)
	}
	w, err := StreamTable(broken{}, "the pipe", columns, WriteOptions{Format: "csv"})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(rows); err != nil { // it waits in the buffer
		t.Fatal(err)
	}
	if err := w.Close(); err == nil || !strings.Contains(err.Error(), "writing the pipe: nobody listens") {
		t.Error(err)
	}
	path := filepath.Join(t.TempDir(), "t.npy")
	if w, err = CreateTable(path, columns, WriteOptions{Rows: 2}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(rows), w.Close()); !errors.Is(err, fault.ErrShape) || !strings.Contains(err.Error(), "1 rows for a table of 2") {
		t.Error(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("half a table was left")
	}
}

package data

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"diffeo/fault"
)

// file writes a file for a test and returns its path.
func file(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// read reads a whole table that must be sound.
func read(t testing.TB, path string, o Options) Table {
	t.Helper()
	table, err := ReadTable(path, o)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// fuzzTable reads a file of any bytes: what comes is a sound table or an error that wraps fault.ErrData, and memory stays bounded.
func fuzzTable(t *testing.T, path string, b []byte) {
	fuzzOptions(t, path, b, Options{Missing: Drop})
}

func fuzzOptions(t *testing.T, path string, b []byte, o Options) {
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := Open(path, o)
	if err == nil {
		defer r.Close()
		rows := 0
		for batch, e := range r.Batches(64) {
			if err = e; err != nil {
				break
			}
			rows += batch.Rows
			for _, v := range batch.Data {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Fatalf("%v came through", v)
				}
			}
			if batch.Check() != nil || batch.Cols != len(r.Columns()) || rows > 1<<20 {
				break // a few bytes can stand for many equal rows
			}
		}
		if err == nil && rows == 0 {
			t.Fatal("a table without rows")
		}
	}
	if err != nil && !errors.Is(err, fault.ErrData) {
		t.Fatalf("error %v does not wrap ErrData", err)
	}
	runtime.ReadMemStats(&now)
	if took := now.TotalAlloc - before.TotalAlloc; took > 512<<20 {
		t.Fatalf("%d MiB were allocated for a file of %d bytes", took>>20, len(b))
	}
}

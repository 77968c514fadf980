package data

import (
	"os"
	"path/filepath"
	"testing"
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

package jsonlines

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAppendAndRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.jsonl")
	if list, err := Read[int](path); err != nil || list != nil {
		t.Errorf("a file that is not there holds %v, %v", list, err)
	}
	for _, x := range []int{3, -1, 4} {
		if err := Append(path, x); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := Read[int](path); err != nil || !slices.Equal(list, []int{3, -1, 4}) {
		t.Errorf("read %v, %v", list, err)
	}
	if err := os.WriteFile(path, []byte("1\n{\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read[int](path); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a broken second line: %v", err)
	}
}

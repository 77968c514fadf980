package data

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

// A set in a file is what it is in memory, the file has no name, and what has been closed is gone.
func TestSpoolImages(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	values := numbered8(5 * 4)
	for name, path := range map[string]string{
		"a folder":    folder(t, map[string]string{"0/a.png": pngOf(t, grey(2, 2, 1, 2, 3, 4)), "1/b.png": pngOf(t, grey(2, 2, 5, 6, 7, 8)), "1/c.png": pngOf(t, grey(2, 2, 9, 10, 11, 12))}),
		"one picture": file(t, "a.png", pngOf(t, grey(2, 2, 1, 2, 3, 4))),
		"IDX":         file(t, "a.idx", packed(t, idx(8, []int{5, 2, 2}, values))),
		"npy":         file(t, "a.npy", npyImages("|u1", "False", "5, 2, 2", values)),
	} {
		want, err := ReadImages(context.Background(), path, ImageOptions{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		size := int64(len(want.Pixels))
		for _, most := range []int64{0, size - 1, size, 1 << 40} {
			dir := t.TempDir()
			var report ImageReport
			set, err := SpoolImages(context.Background(), path, ImageOptions{Report: &report}, dir, most)
			if err != nil {
				t.Fatalf("%s, %d bytes in memory at most: %v", name, most, err)
			}
			if set.OnDisk != (canMap && size > most) {
				t.Errorf("%s of %d bytes, %d in memory at most: on the disk is %v", name, size, most, set.OnDisk)
			}
			if !reflect.DeepEqual(set.Images, want) || report.Rows != want.Rows() {
				t.Errorf("%s, %d bytes in memory at most: %+v (%d), want %+v", name, most, set.Images, report.Rows, want)
			}
			if some, err := set.Select([]int{want.Rows() - 1}); err != nil || !slices.Equal(some.Pixels, want.Row(want.Rows()-1)) {
				t.Errorf("%s: the last picture is %v, %v", name, some.Pixels, err)
			}
			empty(t, dir)
			for range 2 {
				if err := set.Close(); err != nil {
					t.Errorf("%s: close: %v", name, err)
				}
			}
		}
	}
}

// Pieces of any size on either side of the bound come together.
func TestSpoolInPieces(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOfN(rapid.SliceOfN(rapid.Uint8(), 1, 3000), 1, 8).Draw(t, "pieces")
		s := spool{dir: dir, most: rapid.Int64Range(0, 20_000).Draw(t, "most")}
		for _, p := range pieces {
			if err := s.add(p); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.finish()
		if want := slices.Concat(pieces...); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%d bytes of %d, %v", len(got), len(want), err)
		}
		if s.file != nil {
			if err := errors.Join(unmap(got), s.file.Close()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// What goes wrong is said, and leaves no file.
func TestSpoolRefuses(t *testing.T) {
	good, bad := pngOf(t, grey(2, 2, 1, 2, 3, 4)), strings.Replace(pngOf(t, grey(2, 2, 1, 2, 3, 4)), "IDAT", "IDOT", 1)
	files := map[string]string{"zz.png": bad}
	for i := range 2 * DefaultImages { // enough of them for the file to be begun
		files[string(rune('a'+i/26))+string(rune('a'+i%26))+".png"] = good
	}
	broken, dir := folder(t, files), t.TempDir()
	if _, err := SpoolImages(context.Background(), broken, ImageOptions{}, dir, 0); err == nil || !strings.Contains(err.Error(), "zz.png: the picture is corrupt") {
		t.Errorf("a corrupt picture: %v", err)
	}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	if _, err := SpoolImages(stopped, broken, ImageOptions{SkipCorrupt: true}, dir, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	empty(t, dir)
	if !canMap {
		return
	}
	missing := filepath.Join(dir, "none")
	if _, err := SpoolImages(context.Background(), broken, ImageOptions{SkipCorrupt: true}, missing, 0); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func empty(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v lies in the folder of temporary files, %v", left, err)
	}
}

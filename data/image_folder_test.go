package data

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// folder writes files, by their relative paths, and returns their folder.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func pngOf(t testing.TB, m image.Image) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func jpegOf(t testing.TB, m image.Image) string {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func grey(width, height int, values ...uint8) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, width, height))
	copy(m.Pix, values)
	return m
}

// colours is a picture of single pixels.
func colours(width int, pixels ...color.NRGBA) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, len(pixels)/width))
	for i, c := range pixels {
		m.SetNRGBA(i%width, i/width, c)
	}
	return m
}

var (
	red   = color.NRGBA{200, 10, 20, 255}
	green = color.NRGBA{30, 210, 40, 255}
)

func TestFolderOfGrey(t *testing.T) {
	root := folder(t, map[string]string{
		"b.png": pngOf(t, grey(3, 2, 1, 2, 3, 4, 5, 6)), "a.PNG": pngOf(t, grey(3, 2, 6, 5, 4, 3, 2, 1)), ".hidden.png": "no picture", "notes.txt": "no picture",
		"c.jpeg": jpegOf(t, grey(3, 2, 100, 100, 100, 100, 100, 100)),
	})
	m := readSet(t, root, ImageOptions{})
	if m.ImageFormat != (ImageFormat{1, 2, 3}) || !slices.Equal(m.Pixels, []uint8{6, 5, 4, 3, 2, 1, 1, 2, 3, 4, 5, 6, 100, 100, 100, 100, 100, 100}) || m.Classes != nil {
		t.Errorf("%+v", m)
	}
	if want := []string{filepath.Join(root, "a.PNG"), filepath.Join(root, "b.png"), filepath.Join(root, "c.jpeg")}; !slices.Equal(m.Paths, want) {
		t.Errorf("%q, want %q", m.Paths, want)
	}
	one := readSet(t, m.Paths[1], ImageOptions{}) // a single picture
	if !slices.Equal(one.Pixels, m.Row(1)) || one.Paths[0] != m.Paths[1] {
		t.Errorf("%+v", one)
	}
}

// Truecolour, palettes and opaque alpha come as planes of red, green and blue.
func TestFolderOfColours(t *testing.T) {
	plain := image.NewRGBA(image.Rect(0, 0, 2, 1))
	draw.Draw(plain, plain.Bounds(), colours(2, red, green), image.Point{}, draw.Src)
	palette := image.NewPaletted(plain.Bounds(), color.Palette{green, red})
	palette.Pix[0] = 1
	root := folder(t, map[string]string{"cats/a.png": pngOf(t, plain), "dogs/x/b.png": pngOf(t, palette), "dogs/c.png": pngOf(t, colours(2, red, green))})
	m := readSet(t, root, ImageOptions{})
	want := []uint8{200, 30, 10, 210, 20, 40}
	for r := range m.Rows() {
		if !slices.Equal(m.Row(r), want) {
			t.Errorf("%s: %v, want %v", m.Paths[r], m.Row(r), want)
		}
	}
	if !slices.Equal(m.Classes, []int{0, 1, 1}) || !slices.Equal(m.ClassNames, []string{"cats", "dogs"}) {
		t.Errorf("%v, %v", m.Classes, m.ClassNames)
	}
}

func TestFolderRefuses(t *testing.T) {
	ok := pngOf(t, grey(3, 2))
	deep := image.NewGray16(image.Rect(0, 0, 3, 2))
	deepColour := image.NewNRGBA64(image.Rect(0, 0, 3, 2))
	clear := colours(3, red, red, red, red, red, color.NRGBA{1, 2, 3, 254})
	for _, c := range []struct {
		files map[string]string
		parts []string
	}{
		{map[string]string{"a.png": ok, "b.png": pngOf(t, grey(2, 3))}, []string{"b.png: the picture has 3 lines of 2", "a.png, 2 lines of 3", "resize"}},
		{map[string]string{"a.png": ok, "b.png": pngOf(t, colours(3, red, red, red, red, red, red))}, []string{"b.png: the picture has 3 channels", "1 channel"}},
		{map[string]string{"a.png": pngOf(t, deep)}, []string{"a.png: the picture has 16 bits"}},
		{map[string]string{"a.png": ok, "b.png": pngOf(t, deepColour)}, []string{"b.png: the picture has 16 bits"}},
		{map[string]string{"a.png": pngOf(t, clear)}, []string{"a.png: the picture has transparent pixels"}},
		{map[string]string{"a.png": ok, "b.png": ok[:len(ok)-20]}, []string{"b.png: the picture is corrupt", "EOF"}},
		{map[string]string{"a.png": ok, "b.jpg": jpegOf(t, grey(3, 2))[:370]}, []string{"b.jpg: the picture is cut short"}},
		{map[string]string{"a.png": ok, "b.png": ""}, []string{"b.png: the picture is corrupt", "neither PNG nor JPEG"}},
		{map[string]string{"a.png": ok, "b.gif": "GIF89a"}, []string{"b.gif: pictures of the format gif are not read"}},
		{map[string]string{"one/a.png": ok, "b.png": ok}, []string{"b.png: it lies beside folders"}},
		{map[string]string{"a.txt": "x"}, []string{"no file here"}},
	} {
		refused(t, folder(t, c.files), ImageOptions{}, c.parts...)
	}
	refused(t, folder(t, map[string]string{"a.png": ok}), ImageOptions{Format: FormatCIFAR10}, "this is a folder")
	if os.Geteuid() != 0 && runtime.GOOS != "windows" {
		root := folder(t, map[string]string{"a.png": ok})
		if err := os.Chmod(filepath.Join(root, "a.png"), 0); err != nil {
			t.Fatal(err)
		}
		refused(t, root, ImageOptions{SkipCorrupt: true}, "permission") // the file may be sound
	}
}

// Resizing keeps constants, uses the whole picture, and leaves those of the right size alone.
func TestFolderResized(t *testing.T) {
	half := image.NewGray(image.Rect(0, 0, 64, 8))
	for y := range 8 {
		for x := range 32 {
			half.SetGray(x, y, color.Gray{200})
		}
	}
	same := grey(4, 2, 1, 2, 3, 4, 5, 6, 7, 8)
	root := folder(t, map[string]string{"a.png": pngOf(t, half), "b.png": pngOf(t, same), "c.png": pngOf(t, grey(1, 1, 90))})
	m := readSet(t, root, ImageOptions{Height: 2, Width: 4})
	if !slices.Equal(m.Row(1), same.Pix) || slices.Min(m.Row(2)) != 90 || slices.Max(m.Row(2)) != 90 {
		t.Errorf("%v, %v", m.Row(1), m.Row(2))
	}
	for i, v := range m.Row(0) {
		if left := i%4 < 2; left && v < 180 || !left && v > 20 {
			t.Errorf("a picture that is light on its left half becomes %v", m.Row(0))
		}
	}
	root = folder(t, map[string]string{"a.png": pngOf(t, colours(2, red, red, green, green))})
	if m := readSet(t, root, ImageOptions{Height: 8, Width: 1}); m.Row(0)[0] < 180 || m.Row(0)[7] > 50 || m.Row(0)[8] > 50 || m.Row(0)[15] < 180 {
		t.Errorf("%v", m.Row(0))
	}
}

func TestFolderLabels(t *testing.T) {
	ok := pngOf(t, grey(1, 1, 5))
	root := folder(t, map[string]string{"x/a.png": ok, "b.png": ok, "c.png": ok})
	for _, c := range []struct {
		text    string
		classes []int
		names   int
	}{
		{"path,label\nx/a.png,cat\nb.png,\"a dog\"\nc.png,cat\n", []int{0, 1, 1}, 2}, // by path: b, c, x/a
		{"x/a.png,2\nc.png,0\nb.png,5\n", []int{5, 0, 2}, 6},
		{"x/a.png,2\nc.png,01\nb.png,5\n", []int{2, 0, 1}, 3},
	} {
		m := readSet(t, root, ImageOptions{Labels: file(t, "l.csv", c.text)})
		if !slices.Equal(m.Classes, c.classes) || len(m.ClassNames) != c.names {
			t.Errorf("%q: %v of %q", c.text, m.Classes, m.ClassNames)
		}
	}
	for text, part := range map[string]string{
		"x/a.png,cat\nb.png,dog\n":                      "the picture c.png of",
		"x/a.png,1\nb.png,1\nc.png,1\nd.png,1\n":        "line 4: there is no picture d.png",
		"x/a.png,1\nx/a.png,2\n":                        "line 2: \"x/a.png\" has a label already, on line 1",
		"x/a.png,1,2\n":                                 "line 1 has 3 cells",
		"x/a.png,\n":                                    "line 1 misses",
		"path,label\n":                                  "no lines",
		"x/a.png,\"1\nb.png,1\nc.png,1\nd.png,1\n":      "l.csv: line",
		"\ufeffpath,label\nx/a.png,1\n":                 "the picture b.png",
		"path;label\nx/a.png;1\nb.png;dog\nc.png;dog\n": "line 1 has 1 cells",
	} {
		refused(t, root, ImageOptions{Labels: file(t, "l.csv", text)}, part, "l.csv")
	}
	refused(t, filepath.Join(root, "b.png"), ImageOptions{Labels: "l.csv"}, "a single picture")
}

// One corrupt file of many is named, or left out and counted, and the worker ends in either case, as it does where the caller stops early.
func TestOneCorruptOfMany(t *testing.T) {
	n := 10000
	if testing.Short() {
		n = 500
	}
	const kinds = 251 // an encoder takes longer than all else here
	files, kind := map[string]string{}, make([]string, kinds)
	for i := range kind {
		kind[i] = pngOf(t, grey(2, 2, uint8(i), 2, 3, 4))
	}
	for i := range n {
		files[strconv.Itoa(i%10)+"/"+strconv.Itoa(1000000+i)+".png"] = kind[i%kinds]
	}
	bad := "7/" + strconv.Itoa(1000000+n-3) + ".png"
	files[bad] = strings.Replace(files[bad], "IDAT", "IDOT", 1)
	root := folder(t, files)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	refused(t, root, ImageOptions{}, filepath.FromSlash(bad)+": the picture is corrupt")
	var report ImageReport
	m := readSet(t, root, ImageOptions{SkipCorrupt: true, Report: &report})
	if m.Rows() != n-1 || report.Rows != n-1 || report.Corrupt != 1 || !strings.Contains(report.First, filepath.FromSlash(bad)) || len(m.Classes) != n-1 || len(m.ClassNames) != 10 {
		t.Errorf("%d rows, %+v, %d classes of %q", m.Rows(), report, len(m.Classes), m.ClassNames)
	}
	for r := range m.Rows() {
		i, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(m.Paths[r]), ".png"))
		if err != nil {
			t.Fatal(err)
		}
		if i -= 1000000; m.Row(r)[0] != uint8(i%kinds) || m.Classes[r] != i%10 {
			t.Fatalf("%s has %v, class %d", m.Paths[r], m.Row(r), m.Classes[r])
		}
	}
	r, err := OpenImages(root, ImageOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range r.Batches(context.Background(), 7) {
		if err != nil {
			t.Error(err)
		}
		break
	}
	none := folder(t, map[string]string{"a.png": "x", "b.png": "y"})
	refused(t, none, ImageOptions{SkipCorrupt: true}, "none of its 2 pictures can be decoded")
}

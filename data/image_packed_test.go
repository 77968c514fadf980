package data

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"diffeo/fault"
)

// idx is the text of an IDX file.
func idx(kind byte, shape []int, values []uint8) string {
	b := []byte{0, 0, kind, byte(len(shape))}
	for _, n := range shape {
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	return string(append(b, values...))
}

func TestIDX(t *testing.T) {
	v := numbered8(2 * 3 * 4)
	text, labels := idx(8, []int{2, 3, 4}, v), idx(8, []int{2}, []uint8{7, 2})
	for name, path := range map[string]string{"plain": file(t, "a", text), "gzipped": file(t, "a.gz", packed(t, text))} {
		m := readSet(t, path, ImageOptions{Labels: file(t, "l.gz", packed(t, labels))})
		if m.ImageFormat != (ImageFormat{1, 3, 4}) || !slices.Equal(m.Pixels, v) || !slices.Equal(m.Classes, []int{7, 2}) || len(m.ClassNames) != 8 || m.ClassNames[7] != "7" {
			t.Errorf("%s: %+v", name, m)
		}
		if m := readSet(t, path, ImageOptions{}); m.Classes != nil || m.ClassNames != nil {
			t.Errorf("%s: %+v without labels", name, m)
		}
	}
	for cut := range len(text) {
		if cut >= 8 { // below, it is no IDX file
			refused(t, file(t, "cut", text[:cut]), ImageOptions{}, "cut short", "cut:")
		}
		if cut > 3 {
			refused(t, file(t, "cut.gz", packed(t, text[:cut])), ImageOptions{}, "cut.gz: ", "cut short")
		}
	}
	for _, c := range []struct {
		text, labels string
		parts        []string
	}{
		{text + "x", "", []string{"1 bytes follow its 2 pictures of [1,3,4]"}},
		{packed(t, text+"x"), "", []string{"more bytes follow"}},
		{idx(0xd, []int{1, 1, 1}, numbered8(4)), "", []string{"float32"}},
		{labels, "", []string{"these are 2 labels"}},
		{idx(8, []int{2, 3}, numbered8(6)), "", []string{"2 axes"}},
		{idx(8, []int{0, 3, 4}, nil), "", []string{"promises 0 pictures"}},
		{idx(8, []int{2, 0, 4}, nil), "", []string{"[1,0,4]"}},
		{idx(8, []int{1 << 31, 1 << 31, 1 << 31}, nil), "", []string{"too large"}},
		{idx(8, []int{1 << 30, 8000, 8000}, nil), "", []string{"cut short"}},
		{packed(t, idx(8, []int{1 << 30, 8000, 8000}, nil)), "", []string{"cut short: picture 1"}},
		{idx(8, []int{1, 9000, 1}, numbered8(9000)), "", []string{"too large"}},
		{text, idx(8, []int{3}, numbered8(3)), []string{"2 pictures", "3 labels"}},
		{text, idx(8, []int{3}, numbered8(2)), []string{"promises 3 labels, 2 are there"}},
		{text, idx(8, []int{1}, numbered8(2)), []string{"more bytes follow its 1 labels"}},
		{text, idx(8, []int{0}, nil), []string{"no labels"}},
		{text, text, []string{"3 axes; labels have 1"}},
		{text, "1.5\n2.5\n", nil},
		{text, "class\n1\n2.5\n", []string{"row 2: 2.5 is no class"}},
		{text, "a,b\n1,2\n1,2\n", []string{"2 columns"}},
	} {
		o := ImageOptions{}
		if c.labels != "" {
			o.Labels = file(t, "labels", c.labels)
		}
		refused(t, file(t, "a", c.text), o, c.parts...)
	}
	refused(t, file(t, "a", text), ImageOptions{Height: 2, Width: 2}, "only pictures of a folder are resized")
}

func TestCIFAR(t *testing.T) {
	v := numbered8(2 * cifarSize)
	ten := string([]byte{9}) + string(v[:cifarSize]) + string([]byte{3}) + string(v[cifarSize:])
	hundred := string([]byte{19, 99}) + string(v[:cifarSize]) + string([]byte{0, 12}) + string(v[cifarSize:])
	for _, c := range []struct {
		text    string
		o       ImageOptions
		classes []int
		names   int
	}{
		{ten, ImageOptions{}, []int{9, 3}, 10},
		{packed(t, ten), ImageOptions{Format: FormatCIFAR10}, []int{9, 3}, 10},
		{hundred, ImageOptions{}, []int{99, 12}, 100},
		{hundred, ImageOptions{Coarse: true, Format: FormatCIFAR100}, []int{19, 0}, 20},
	} {
		m := readSet(t, file(t, "a.bin", c.text), c.o)
		if m.ImageFormat != (ImageFormat{3, 32, 32}) || !slices.Equal(m.Pixels, v) || !slices.Equal(m.Classes, c.classes) || len(m.ClassNames) != c.names {
			t.Errorf("%+v: %v, %d names, %v", c.o, m.ImageFormat, len(m.ClassNames), m.Classes)
		}
	}
	for _, c := range []struct {
		text string
		o    ImageOptions
		want string
	}{
		{ten[:4000], ImageOptions{}, "a.bin: its 4000 bytes are no whole number of records"},
		{ten, ImageOptions{Format: FormatCIFAR100}, "no whole number of records"},
		{packed(t, ten), ImageOptions{}, "no magic number"},
		{packed(t, ten[:4000]), ImageOptions{Format: FormatCIFAR10}, "cut short: picture 2 ends after 927"},
		{ten, ImageOptions{Coarse: true}, "coarse"},
		{ten, ImageOptions{Labels: "x"}, "its own labels"},
		{string([]byte{10}) + ten[1:], ImageOptions{}, "picture 1 has the class 10"},
		{string(make([]byte, cifar10*cifar100)), ImageOptions{}, "may be CIFAR-10 or CIFAR-100"},
	} {
		refused(t, file(t, "a.bin", c.text), c.o, c.want)
	}
}

// npyImages is the text of an array of uint8.
func npyImages(descr, fortran, shape string, values []uint8) string {
	return npyText(fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }", descr, fortran, shape), values)
}

func TestNpyImages(t *testing.T) {
	v := numbered8(2 * 3 * 2 * 5)
	var last []uint8 // the same pictures with their channels last
	for n := range 2 {
		for i := range 10 {
			for c := range 3 {
				last = append(last, v[n*30+c*10+i])
			}
		}
	}
	labels := file(t, "labels.csv", "digit\n4\n0\n")
	for _, c := range []struct {
		shape  string
		values []uint8
		o      ImageOptions
		want   ImageFormat
	}{
		{"2, 6, 5", v, ImageOptions{}, ImageFormat{1, 6, 5}},
		{"2, 3, 2, 5", v, ImageOptions{}, ImageFormat{3, 2, 5}},
		{"2, 2, 5, 3", last, ImageOptions{Labels: labels}, ImageFormat{3, 2, 5}},
		{"2, 1, 10, 3", v, ImageOptions{Layout: LayoutNCHW}, ImageFormat{1, 10, 3}},
		{"2, 2, 5, 3", last, ImageOptions{Layout: LayoutNHWC}, ImageFormat{3, 2, 5}},
	} {
		m := readSet(t, file(t, "a.npy", npyImages("|u1", "False", c.shape, c.values)), c.o)
		if m.ImageFormat != c.want || !slices.Equal(m.Pixels, v) || c.o.Labels != "" && !slices.Equal(m.Classes, []int{4, 0}) {
			t.Errorf("%s: %+v", c.shape, m)
		}
	}
	for _, c := range []struct {
		text string
		o    ImageOptions
		want string
	}{
		{npyImages("<f4", "False", "1, 2, 2", numbered8(16)), ImageOptions{}, "uint8"},
		{npyImages("|u1", "True", "1, 2, 2", numbered8(4)), ImageOptions{}, "Fortran"},
		{npyImages("|u1", "False", "4, 4", numbered8(16)), ImageOptions{}, "2 axes"},
		{npyImages("|u1", "False", "1, 3, 4, 3", numbered8(36)), ImageOptions{}, "first or last"},
		{npyImages("|u1", "False", "1, 2, 4, 2", numbered8(16)), ImageOptions{}, "1 or 3 channels"},
		{npyImages("|u1", "False", "1, 2, 4, 3", numbered8(24)), ImageOptions{Layout: LayoutNCHW}, "second axis"},
		{npyImages("|u1", "False", "2, 2, 4", numbered8(15)), ImageOptions{}, "promises 2 pictures of [1,2,4], only 1 are there"},
		{npyImages("|u1", "False", "2, 2, 4", numbered8(17)), ImageOptions{}, "1 bytes follow"},
		{npyImages("|u1", "False", "2, 2, 4", numbered8(16))[:30], ImageOptions{}, "ends in its header"},
	} {
		refused(t, file(t, "a.npy", c.text), c.o, c.want)
	}
}

// The digits themselves, where the data folder is at hand: their number, size, and counts by class as NumPy has them.
func TestMNIST(t *testing.T) {
	folder := filepath.Join("..", "..", "shared", "data", "mnist")
	if _, err := os.Stat(folder); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("the digits are not here: %v", err)
	}
	m := readSet(t, filepath.Join(folder, "train-images-idx3-ubyte.gz"), ImageOptions{Labels: filepath.Join(folder, "train-labels-idx1-ubyte.gz")})
	if m.Rows() != 60000 || m.ImageFormat != (ImageFormat{1, 28, 28}) || !slices.Equal(m.Classes[:8], []int{5, 0, 4, 1, 9, 2, 1, 3}) {
		t.Fatalf("%d of %v, %v", m.Rows(), m.ImageFormat, m.Classes[:8])
	}
	counts, sum := make([]int, 10), 0
	for _, c := range m.Classes {
		counts[c]++
	}
	for _, v := range m.Pixels {
		sum += int(v)
	}
	if !slices.Equal(counts, []int{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}) || sum != 1567298545 {
		t.Errorf("%v, %d", counts, sum)
	}
}

// The same for sets of pictures as TestMutations for tables.
func TestImageMutations(t *testing.T) {
	const seed, tries = 19, 300
	t.Log("seed", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	sound := idx(8, []int{2, 3, 4}, numbered8(24))
	path := filepath.Join(t.TempDir(), "a.bin")
	for _, c := range []struct {
		text string
		o    ImageOptions
	}{
		{sound, ImageOptions{}},
		{packed(t, sound), ImageOptions{}},
		{sound, ImageOptions{Labels: file(t, "l", idx(8, []int{2}, []uint8{7, 2}))}},
		{npyImages("|u1", "False", "2, 2, 1, 3", numbered8(12)), ImageOptions{}},
		{packed(t, string(make([]byte, 2*cifar10))), ImageOptions{Format: FormatCIFAR10}},
		{pngOf(t, grey(4, 4, numbered8(16)...)), ImageOptions{}},
		{jpegOf(t, colours(2, red, green, red, green)), ImageOptions{}},
	} {
		for range tries {
			fuzzImages(t, path, mutated(rng, c.text), c.o)
		}
	}
}

func FuzzIDX(f *testing.F) {
	f.Add([]byte(idx(8, []int{2, 3, 4}, numbered8(24))), []byte(idx(8, []int{2}, []uint8{1, 2})))
	f.Add([]byte(idx(8, []int{1, 2, 2, 3}, numbered8(12))), []byte("a\n1\n"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b, labels []byte) {
		o := ImageOptions{Labels: filepath.Join(dir, "labels")}
		if err := os.WriteFile(o.Labels, labels, 0o644); err != nil {
			t.Fatal(err)
		}
		fuzzImages(t, filepath.Join(dir, "a"), b, o)
	})
}

func FuzzCIFAR(f *testing.F) {
	f.Add(make([]byte, 2*cifar10), false)
	f.Add(make([]byte, cifar100), true)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte, hundred bool) {
		o := ImageOptions{Format: FormatCIFAR10}
		if hundred {
			o.Format = FormatCIFAR100
		}
		fuzzImages(t, filepath.Join(dir, "a"), b, o)
	})
}

// fuzzImages reads a file of any bytes: what comes is a sound set or an error that wraps fault.ErrData.
func fuzzImages(t *testing.T, path string, b []byte, o ImageOptions) {
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	m, err := ReadImages(context.Background(), path, o)
	if err != nil {
		if !errors.Is(err, fault.ErrData) {
			t.Fatalf("error %v does not wrap ErrData", err)
		}
		return
	}
	if m.Rows() == 0 || len(m.Pixels) != m.Rows()*m.Size() || m.Classes != nil && len(m.Classes) != m.Rows() {
		t.Fatalf("%d rows of %v, %d values, %d classes", m.Rows(), m.ImageFormat, len(m.Pixels), len(m.Classes))
	}
	for _, c := range m.Classes {
		if c < 0 || c >= len(m.ClassNames) {
			t.Fatalf("class %d of %d", c, len(m.ClassNames))
		}
	}
}

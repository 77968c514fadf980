package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// stripes is an IDX file of pictures of 4×4 pixels, stripes that lie or stand, and one of their classes.
func stripes(t *testing.T, n int) (images, labels string) {
	t.Helper()
	pixels, classes := []byte{0, 0, 8, 3}, []byte{0, 0, 8, 1}
	for _, size := range []int{n, 4, 4} {
		pixels = binary.BigEndian.AppendUint32(pixels, uint32(size))
	}
	classes = binary.BigEndian.AppendUint32(classes, uint32(n))
	for i := range n {
		for p := range 16 {
			at := p % 4
			if i%2 == 1 {
				at = p / 4
			}
			pixels = append(pixels, byte(at%2*200+i%7))
		}
		classes = append(classes, byte(i%2))
	}
	folder := t.TempDir()
	images, labels = filepath.Join(folder, "images"), filepath.Join(folder, "labels")
	for path, content := range map[string][]byte{images: pixels, labels: classes} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return images, labels
}

// A flow of images learns them under either noise, far better than the 8 bits of a uniform density, writes what each picture costs, and draws a grid of the right size.
func TestLearnsAndDraws(t *testing.T) {
	images, labels := stripes(t, 300)
	for _, noise := range []string{uniform, variational} {
		folder := t.TempDir()
		grid, bits := filepath.Join(folder, "grid.png"), filepath.Join(folder, "bits.csv")
		var out bytes.Buffer
		o := options{images: images, labels: labels, grid: grid, held: 60, levels: 1, steps: 2, hidden: 8, train: 200, batch: 32, rate: 5e-3, temperature: 0.7, seed: 1, threads: 2,
			dequantize: noise, draws: 3, bits: bits}
		if err := run(context.Background(), o, &out); err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(`(?s)kept step \d+: ([\d.]+) bits.* at most ([\d.]+) bits per dimension held out, by 3 draws together ([\d.]+)`).FindStringSubmatch(out.String())
		if found == nil {
			t.Fatalf("no result in %s", out.String())
		}
		for i, say := range found[1:] {
			if b, err := strconv.ParseFloat(say, 64); err != nil || !(b < 5 && b > 0) {
				t.Errorf("%s noise, figure %d: %s bits per dimension after training (%v):\n%s", noise, i, say, err, out.String())
			}
		}
		if found[3] > found[2] {
			t.Errorf("%s noise: several draws give the bound %s, one gives %s", noise, found[3], found[2])
		}
		list, err := os.ReadFile(bits)
		if err != nil || bytes.Count(list, []byte("\n")) != 61 {
			t.Errorf("the bits of 60 pictures (%v): %s", err, list)
		}
		file, err := os.Open(grid)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(file)
		_ = file.Close()
		if err != nil {
			t.Fatal(err)
		}
		if size := picture.Bounds().Size(); size.X != 10*6+2 || size.Y != 8*6+2 {
			t.Errorf("the grid has %v pixels", size)
		}
	}
}

func TestRefuses(t *testing.T) {
	images, labels := stripes(t, 20)
	good := options{images: images, labels: labels, grid: filepath.Join(t.TempDir(), "grid.png"), held: 5, levels: 1, steps: 1, hidden: 2, train: 1, batch: 4, rate: 1e-3, temperature: 1,
		dequantize: variational, draws: 1}
	for say, change := range map[string]func(o *options){
		"which pictures":           func(o *options) { o.images = "" },
		"-held: 20 of":             func(o *options) { o.held = 20 },
		"nowhere":                  func(o *options) { o.images = "nowhere" },
		"cannot be halved 3 times": func(o *options) { o.levels = 3 },
		"-dequantize":              func(o *options) { o.dequantize = "often" },
		"0 draws":                  func(o *options) { o.draws = 0 },
		"temperature":              func(o *options) { o.temperature = -1 },
	} {
		o := good
		change(&o)
		if err := run(context.Background(), o, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("error %v does not say %q", err, say)
		}
	}
}

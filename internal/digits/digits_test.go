package main

import (
	"bytes"
	"compress/gzip"
	"image"
	"image/color"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"diffeo/internal/jsonlines"
)

// A file of three items of two bytes becomes one of two and one of one.
func TestSplit(t *testing.T) {
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte{0, 0, 8, 2, 0, 0, 0, 3, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6})
	must(t, z.Close())
	must(t, os.WriteFile(at("all.gz"), b.Bytes(), 0o600))
	must(t, splitIDX(at("all.gz"), at("first"), at("last"), 2, 1))
	for name, want := range map[string]string{
		"first": "\x00\x00\x08\x02\x00\x00\x00\x02\x00\x00\x00\x02\x01\x02\x03\x04", "last": "\x00\x00\x08\x02\x00\x00\x00\x01\x00\x00\x00\x02\x05\x06",
	} {
		if got, err := os.ReadFile(at(name)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if err := splitIDX(at("all.gz"), at("first"), at("last"), 2, 3); err == nil || !strings.Contains(err.Error(), "3 of 3 items cannot be held out") {
		t.Error(err)
	}
	must(t, os.WriteFile(at("cut.gz"), b.Bytes()[:20], 0o600))
	if err := splitIDX(at("cut.gz"), at("first"), at("last"), 2, 1); err == nil || !strings.Contains(err.Error(), "cut.gz") {
		t.Error(err)
	}
}

// The page pairs runs of equal seeds and steps only.
func TestReport(t *testing.T) {
	c := config{out: filepath.Join(t.TempDir(), "r.jsonl")}
	c.report = filepath.Join(t.TempDir(), "r.md")
	for _, r := range []result{
		{Who: ours, Seed: 0, Steps: 10, Bits: 2, Seconds: 3},
		{Who: theirs, Version: "1", Seed: 0, Steps: 10, Bits: 2.5, Seconds: 12},
		{Who: theirs, Version: "1", Seed: 1, Steps: 10, Bits: 9, Seconds: 90},
		{Who: classes, Seed: 0, Steps: 40, Bits: 1.5, Curve: &curve{Steps: []int{20, 40}, Bits: []float64{1.75, 1.5}}, Read: &read{Held: 0.99, Shares: []share{{0.7, 0.955, 0.91}}}},
	} {
		must(t, jsonlines.Append(c.out, r))
	}
	must(t, c.writeReport())
	page, err := os.ReadFile(c.report)
	must(t, err)
	for _, want := range []string{"Means of 1 pairs: 2.0000 bits per dimension beside 2.5000, -0.5000; 3 s beside 12, 0.25 of the time.", "| normflows 1 | 9.0000 |", "99.00 %", "| 0.7 | 95.5 % | 91 % |", "| step | 20 | 40 |", "| 1.750 | 1.500 |"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
}

// The first two pictures of each class, counted from 1.
func TestFirstTwo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "labels")
	must(t, os.WriteFile(file, []byte{0, 0, 8, 1, 0, 0, 0, 6, 1, 0, 1, 1, 0, 0}, 0o600))
	if got, err := firstTwo(file, 2); err != nil || !slices.Equal(got, [][2]int{{2, 5}, {1, 3}}) {
		t.Errorf("%v, %v", got, err)
	}
	for classes, want := range map[int]string{1: "has the class 1", 3: "less than two"} {
		if _, err := firstTwo(file, classes); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d classes: %v", classes, err)
		}
	}
}

// Lines lie below each other, and what a short one leaves is white.
func TestStacked(t *testing.T) {
	p := stacked([]image.Image{image.NewGray(image.Rect(0, 0, 4, 2)), image.NewGray(image.Rect(1, 1, 3, 4))})
	if p.Bounds() != image.Rect(0, 0, 4, 5) || p.At(1, 4) != (color.Gray{}) || p.At(3, 4) != (color.Gray{Y: 255}) {
		t.Errorf("%v %v %v", p.Bounds(), p.At(1, 4), p.At(3, 4))
	}
}

func TestBadArguments(t *testing.T) {
	for args, want := range map[string]string{
		"-who nobody": `"nobody" is none of`, "-seeds x": `"x" is no seed`, "-steps 0": "at least one step", "more": "no arguments", "-pictures x": "go together",
	} {
		if err := run(t.Context(), strings.Fields(args), io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", args, err)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

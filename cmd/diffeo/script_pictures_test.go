package main

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

// stripe is a pixel of picture i: stripes stand in even pictures and lie in odd ones.
func stripe(i, x, y int) uint8 {
	at := x
	if i%2 == 1 {
		at = y
	}
	return uint8(at%2*200 + i%7)
}

// stripesIDX writes grey pictures of SIZE × SIZE pixels as an IDX file, and their classes, 0 and 1, beside it in FILE.labels.
func stripesIDX(ts *testscript.TestScript, _ bool, args []string) {
	n, size := whole(ts, args[1]), whole(ts, args[2])
	pixels, classes := []byte{0, 0, 8, 3}, []byte{0, 0, 8, 1}
	for _, axis := range []int{n, size, size} {
		pixels = binary.BigEndian.AppendUint32(pixels, uint32(axis))
	}
	classes = binary.BigEndian.AppendUint32(classes, uint32(n))
	for i := range n {
		for p := range size * size {
			pixels = append(pixels, stripe(i, p%size, p/size))
		}
		classes = append(classes, byte(i%2))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), pixels, 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".labels"), classes, 0o600))
}

// stripesPNG writes coloured pictures of SIZE × SIZE pixels to the folders standing and lying of a folder.
func stripesPNG(ts *testscript.TestScript, _ bool, args []string) {
	n, size := whole(ts, args[1]), whole(ts, args[2])
	for i := range n {
		folder := filepath.Join(ts.MkAbs(args[0]), []string{"standing", "lying"}[i%2])
		ts.Check(os.MkdirAll(folder, 0o700))
		m := image.NewRGBA(image.Rect(0, 0, size, size))
		for p := range size * size {
			v := stripe(i, p%size, p/size)
			m.SetRGBA(p%size, p/size, color.RGBA{R: v, G: v / 2, B: 255 - v, A: 255})
		}
		f, err := os.Create(filepath.Join(folder, fmt.Sprintf("%03d.png", i)))
		ts.Check(err)
		ts.Check(png.Encode(f, m))
		ts.Check(f.Close())
	}
}

func whole(ts *testscript.TestScript, text string) int {
	n, err := strconv.Atoi(text)
	ts.Check(err)
	return n
}

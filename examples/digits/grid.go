package main

import (
	"image"
	"image/color"
	"image/png"
	"io"

	"diffeo"
	"diffeo/data"
	"diffeo/dist"
	"diffeo/internal/atomicfile"
	"diffeo/matrix"
)

// tempered is the flow with its base at a temperature.
func tempered(f diffeo.Flow, t float64) (diffeo.Flow, error) {
	f.Base = dist.Tempered{Base: f.Base, T: t}
	_, err := f.Bind()
	return f, err
}

// writeGrid writes grey pictures side by side, so many in a line.
func writeGrid(path string, x matrix.Matrix[float32], f data.ImageFormat, columns int) error {
	const gap = 2
	lines := (x.Rows + columns - 1) / columns
	grid := image.NewGray(image.Rect(0, 0, columns*(f.Width+gap)+gap, lines*(f.Height+gap)+gap))
	for r := range x.Rows {
		left, top := gap+r%columns*(f.Width+gap), gap+r/columns*(f.Height+gap)
		for i, v := range x.Row(r)[:f.Height*f.Width] {
			grid.SetGray(left+i%f.Width, top+i/f.Width, color.Gray{Y: uint8(min(max(v, 0), 255))})
		}
	}
	return atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, grid) })
}

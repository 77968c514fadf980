package main

import (
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

// writeGrid writes pictures side by side, so many in a line.
func writeGrid(path string, x matrix.Matrix[float32], f data.ImageFormat, columns int) error {
	return atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, data.ImagesOf(f, x).Grid(columns, 2)) })
}

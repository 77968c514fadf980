package data

import (
	"fmt"
	"image"
	"image/color"
	"io"
	"iter"

	"diffeo/fault"
	"diffeo/matrix"
)

// ImagesOf makes a set of rows of pixels, planar, rounded down to whole numbers and bounded by 0 and 255. A NaN becomes 0.
func ImagesOf[T matrix.Float](f ImageFormat, x matrix.Matrix[T]) Images {
	m := Images{ImageFormat: f, Pixels: make([]uint8, 0, x.Rows*f.Size())}
	for r := range x.Rows {
		for _, v := range x.Row(r) {
			var level uint8
			if v > 0 { // not of a NaN
				level = uint8(min(v, 255))
			}
			m.Pixels = append(m.Pixels, level)
		}
	}
	return m
}

// WriteImages writes n pictures of a format as an npy array of uint8: of the axes N, H, W if they are grey, N, C, H, W if not. ReadImages reads it. The pictures come in
// batches, as those of ImageReader.Batches do. Errors: those of the batches and of w; fault.ErrShape for another format or number of pictures than was promised.
func WriteImages(w io.Writer, f ImageFormat, n int, batches iter.Seq2[Images, error]) error {
	shape := fmt.Sprintf("%d, %d, %d", n, f.Height, f.Width)
	if f.Channels > 1 {
		shape = fmt.Sprintf("%d, %d, %d, %d", n, f.Channels, f.Height, f.Width)
	}
	if _, err := w.Write(npyPreamble("|u1", shape)); err != nil {
		return err
	}
	written := 0
	for batch, err := range batches {
		if err == nil && batch.ImageFormat != f {
			err = fmt.Errorf("%w: pictures of %v in an array of %v", fault.ErrShape, batch.ImageFormat, f)
		}
		if err == nil {
			_, err = w.Write(batch.Pixels)
		}
		if err != nil {
			return err
		}
		written += batch.Rows()
	}
	if written != n {
		return fmt.Errorf("%w: %d pictures in an array of %d", fault.ErrShape, written, n)
	}
	return nil
}

// Grid lays the pictures out in one, so many to a line, with a gap of so many black pixels between them and around them.
func (m Images) Grid(columns, gap int) image.Image {
	lines := (m.Rows() + columns - 1) / columns
	bounds := image.Rect(0, 0, columns*(m.Width+gap)+gap, lines*(m.Height+gap)+gap)
	gray, rgba := image.NewGray(bounds), image.NewRGBA(image.Rectangle{})
	if m.Channels > 1 {
		gray, rgba = image.NewGray(image.Rectangle{}), image.NewRGBA(bounds)
		for i := 3; i < len(rgba.Pix); i += 4 {
			rgba.Pix[i] = 255
		}
	}
	plane := m.Height * m.Width
	for r := range m.Rows() {
		left, top, v := gap+r%columns*(m.Width+gap), gap+r/columns*(m.Height+gap), m.Row(r)
		for i := range plane {
			x, y := left+i%m.Width, top+i/m.Width
			if m.Channels > 1 {
				rgba.SetRGBA(x, y, color.RGBA{R: v[i], G: v[i+plane], B: v[i+2*plane], A: 255})
			} else {
				gray.SetGray(x, y, color.Gray{Y: v[i]})
			}
		}
	}
	if m.Channels > 1 {
		return rgba
	}
	return gray
}

package data

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"io"
	"strings"

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

// WriteImages writes the pictures as an npy array of uint8: of the axes N, H, W if they are grey, N, C, H, W if not. ReadImages reads it.
func WriteImages(w io.Writer, m Images) error {
	shape := fmt.Sprintf("(%d, %d, %d)", m.Rows(), m.Height, m.Width)
	if m.Channels > 1 {
		shape = fmt.Sprintf("(%d, %d, %d, %d)", m.Rows(), m.Channels, m.Height, m.Width)
	}
	b := append([]byte(npyMagic), 1, 0)
	b = binary.LittleEndian.AppendUint16(b, npyHeaderSize-10)
	b = fmt.Appendf(b, "{'descr': '|u1', 'fortran_order': False, 'shape': %s, }", shape)
	b = append(b, strings.Repeat(" ", npyHeaderSize-1-len(b))+"\n"...)
	if _, err := w.Write(b); err != nil {
		return err
	}
	_, err := w.Write(m.Pixels)
	return err
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

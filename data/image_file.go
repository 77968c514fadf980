package data

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"

	"golang.org/x/image/draw"
)

const (
	pngMagic  = "\x89PNG\r\n\x1a\n"
	jpegMagic = "\xff\xd8\xff"
)

func isPicture(start []byte) bool {
	return bytes.HasPrefix(start, []byte(pngMagic)) || bytes.HasPrefix(start, []byte(jpegMagic))
}

// corruptFile is a picture that cannot be decoded.
type corruptFile struct{ problem }

func corrupt(path string, err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF {
		return &corruptFile{problem{path + ": the picture is cut short; write or copy it again", err}}
	}
	return &corruptFile{problem{path + ": the picture is corrupt: " + err.Error(), err}}
}

// picture is a file of one picture and what its header says.
type picture struct {
	name   string
	text   []byte
	config image.Config
	decode func(io.Reader) (image.Image, error)
}

// maxPicture bounds the length of a file of one picture.
const maxPicture = 256 << 20

// readPicture reads a file and its header.
func readPicture(path string) (picture, error) {
	if info, err := os.Stat(path); err == nil && info.Size() > maxPicture {
		return picture{}, problemf(path, "a picture of %d MiB is too large; at most %d are read", info.Size()>>20, maxPicture>>20)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return picture{}, readProblem(path, err)
	}
	p := picture{name: path, text: text, decode: png.Decode}
	config := png.DecodeConfig
	switch {
	case bytes.HasPrefix(text, []byte(jpegMagic)):
		config, p.decode = jpeg.DecodeConfig, jpeg.Decode
	case !bytes.HasPrefix(text, []byte(pngMagic)):
		return picture{}, corrupt(path, errors.New("by its first bytes it is neither PNG nor JPEG"))
	}
	if p.config, err = config(bytes.NewReader(text)); err != nil {
		return picture{}, corrupt(path, err)
	}
	return p, nil
}

// format is the picture's own format. What would lose something on the way to 8 bits and 1 or 3 channels is refused.
func (p *picture) format() (ImageFormat, error) {
	f := ImageFormat{3, p.config.Height, p.config.Width}
	switch m := p.config.ColorModel; m {
	case color.GrayModel:
		f.Channels = 1
	case color.Gray16Model, color.RGBA64Model, color.NRGBA64Model:
		return f, problemf(p.name, "the picture has 16 bits a channel, and 8 are read; convert it to 8 bits")
	case color.CMYKModel:
		return f, problemf(p.name, "the picture has the colours of print (CMYK); convert it to RGB")
	}
	if f.Size() == 0 || f.Height > maxSide || f.Width > maxSide {
		return f, problemf(p.name, "the picture has %d lines of %d; a side has 1 to %d", f.Height, f.Width, maxSide)
	}
	return f, nil
}

func pictureFormat(path string) (ImageFormat, error) {
	p, err := readPicture(path)
	if err != nil {
		return ImageFormat{}, err
	}
	return p.format()
}

// decodePicture writes the values of a file, planar. Where it is not resized it must have the format of the first one.
func decodePicture(dst []uint8, path string, f ImageFormat, resized bool, first string) error {
	p, err := readPicture(path)
	if err != nil {
		return err
	}
	is, err := p.format()
	switch {
	case err != nil:
		return err
	case is.Channels != f.Channels:
		return problemf(path, "the picture has %s, and the first one, %s, has %s; convert one of them", channels(is.Channels), first, channels(f.Channels))
	case is != f && !resized:
		return problemf(path, "the picture has %d lines of %d, and the first one, %s, %d lines of %d; all must have one size, or be resized to one (Height and Width, --resize)",
			is.Height, is.Width, first, f.Height, f.Width)
	}
	m, err := p.decode(bytes.NewReader(p.text))
	if err != nil {
		return corrupt(path, err)
	}
	if o, ok := m.(interface{ Opaque() bool }); !ok || !o.Opaque() {
		return problemf(path, "the picture has transparent pixels; put it on a background")
	}
	fill(dst, m, f)
	return nil
}

func channels(n int) string {
	if n == 1 {
		return "1 channel (grey)"
	}
	return "3 channels (colour)"
}

// fill writes a picture to planes, resized to the format.
func fill(dst []uint8, m image.Image, f ImageFormat) {
	bounds, size := m.Bounds(), image.Rect(0, 0, f.Width, f.Height)
	scaled := bounds.Size() != size.Size()
	if f.Channels == 1 {
		g, ok := m.(*image.Gray)
		if scaled || !ok {
			g = image.NewGray(size)
			put(g, m)
		}
		for y := range f.Height {
			copy(dst[y*f.Width:], g.Pix[y*g.Stride:][:f.Width])
		}
		return
	}
	c := image.NewRGBA(size)
	put(c, m)
	n := f.Height * f.Width
	for i := range n {
		dst[i], dst[n+i], dst[2*n+i] = c.Pix[4*i], c.Pix[4*i+1], c.Pix[4*i+2]
	}
}

// put draws a picture over the whole of another.
func put(dst draw.Image, m image.Image) {
	if m.Bounds().Size() == dst.Bounds().Size() {
		draw.Draw(dst, dst.Bounds(), m, m.Bounds().Min, draw.Src)
		return
	}
	draw.CatmullRom.Scale(dst, dst.Bounds(), m, m.Bounds(), draw.Src, nil)
}

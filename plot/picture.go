package plot

import (
	"bytes"
	"fmt"
	"image/png"
	"io"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"diffeo/fault"
	"diffeo/internal/atomicfile"
)

// Options are what all pictures have. The zero value is a good choice.
type Options struct {
	Width int    // pixels, 96 to an inch; 0: DefaultWidth. From 400 to 4000
	Title string // above the picture; "": none
}

// DefaultWidth is the width of pictures in pixels.
const DefaultWidth = 800

func (o Options) width() (vg.Length, error) {
	if o.Width == 0 {
		o.Width = DefaultWidth
	}
	if o.Width < 400 || o.Width > 4000 {
		return 0, fmt.Errorf("%w: a picture of %d pixels: take 400 to 4000", fault.ErrConfig, o.Width)
	}
	return px(float64(o.Width)), nil
}

// px is a length of CSS pixels, 96 to an inch.
func px(n float64) vg.Length { return vg.Length(n) * vg.Inch / 96 }

// Picture is a drawing of a fixed size. It refers to the numbers that it was made of, which must not change as long as it is used.
type Picture struct {
	width, height vg.Length
	draw          func(c *canvas)
}

// Size is the width and the height in pixels, 96 to an inch.
func (p *Picture) Size() (width, height float64) {
	return float64(p.width / px(1)), float64(p.height / px(1))
}

// on draws on a canvas of vg, and returns what was written where.
func (p *Picture) on(to vg.Canvas) ([]label, error) {
	c, err := newCanvas(to, p.width, p.height)
	if err != nil {
		return nil, err
	}
	p.draw(c)
	return c.labels, nil
}

// PNG writes the picture with scale pixels of the file for each of its own; 2 is for dense screens and for print. Errors are those of w, and
// fault.ErrConfig for a scale below ¼ or above 8.
func (p *Picture) PNG(w io.Writer, scale float64) error {
	if !(scale >= 0.25 && scale <= 8) {
		return fmt.Errorf("%w: a scale of %g: take ¼ to 8", fault.ErrConfig, scale)
	}
	to := vgimg.NewWith(vgimg.UseWH(p.width, p.height), vgimg.UseDPI(int(96*scale)))
	if _, err := p.on(to); err != nil {
		return err
	}
	return (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(w, to.Image())
}

// SVG writes the picture as a document of its own. Its text is text; where Liberation Sans is missing, Arial and Helvetica have the same widths.
func (p *Picture) SVG(w io.Writer) error {
	to := vgsvg.New(p.width, p.height)
	if _, err := p.on(to); err != nil {
		return err
	}
	var b bytes.Buffer
	if _, err := to.WriteTo(&b); err != nil {
		return err
	}
	_, err := svgFixes.WriteString(w, b.String())
	return err
}

// svgFixes are what vgsvg leaves wrong: fonts without a substitute would be drawn with serifs, of other widths, and its images are PNG. In texts
// of the picture quotes are escaped, so that neither occurs there.
var svgFixes = strings.NewReplacer(
	`style="font-family:Liberation Sans;`, `style="font-family:'Liberation Sans',Arial,Helvetica,sans-serif;`,
	`xlink:href="data:image/jpg;`, `xlink:href="data:image/png;`,
)

// DefaultScale is that of PNG files: a picture of 800 pixels has 1600, for dense screens and for print.
const DefaultScale = 2

// Format says by its name what Save would write into a file: "png" or "svg". Another name is an error that wraps fault.ErrConfig.
func Format(path string) (string, error) {
	switch format := strings.ToLower(strings.TrimPrefix(filepath.Ext(path), ".")); format {
	case "png", "svg":
		return format, nil
	}
	return "", fmt.Errorf("%w: %s: pictures are written as .png or .svg; end the name with one of these", fault.ErrConfig, path)
}

// Save writes the picture to a file that ends in .png, with scale pixels for each of the picture's (0: DefaultScale), or in .svg. The file is whole or not
// there. Errors are those of Format, PNG and of writing.
func (p *Picture) Save(path string, scale float64) error {
	format, err := Format(path)
	if err != nil {
		return err
	}
	if scale == 0 {
		scale = DefaultScale
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		if format == "svg" {
			return p.SVG(w)
		}
		return p.PNG(w, scale)
	})
}

package main

import (
	"context"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"

	"diffeo"
	"diffeo/data"
	"diffeo/internal/atomicfile"
	"diffeo/matrix"
)

const (
	zoom   = 2  // pixels of a picture for one of a digit, on either side
	border = 2  // pixels between digits
	across = 16 // digits of a line
)

// draw writes the pictures: reconstructions by all models, and draws of each.
func draw(folder string, d digits, models []result) error {
	ctx := context.Background()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	n := min(across, d.test.Rows)
	lines := []matrix.Matrix[float32]{d.test.Slice(0, n)}
	for _, r := range models {
		z, x := matrix.New[float32](n, latent), matrix.New[float32](n, d.test.Cols)
		if err := r.model.Encode(ctx, diffeo.Draw{Seed: 1}, lines[0], z); err != nil {
			return err
		}
		if err := r.model.Decode(ctx, z, x); err != nil {
			return err
		}
		lines = append(lines, x)
	}
	if err := save(filepath.Join(folder, "reconstructions.png"), d.format, lines); err != nil {
		return err
	}
	for _, r := range models {
		z, x := matrix.New[float32](6*across, latent), matrix.New[float32](6*across, d.test.Cols)
		if err := r.model.SamplePrior(ctx, diffeo.Draw{Seed: 1}, z); err != nil {
			return err
		}
		if err := r.model.Decode(ctx, z, x); err != nil {
			return err
		}
		lines = nil
		for from := 0; from < x.Rows; from += across {
			lines = append(lines, x.Slice(from, from+across))
		}
		if err := save(filepath.Join(folder, r.file+".png"), d.format, lines); err != nil {
			return err
		}
	}
	return nil
}

// save writes lines of grey digits, 1 being black, as a PNG.
func save(path string, f data.ImageFormat, lines []matrix.Matrix[float32]) error {
	wide, high := zoom*f.Width+border, zoom*f.Height+border
	m := image.NewGray(image.Rect(0, 0, across*wide+border, len(lines)*high+border))
	for i := range m.Pix {
		m.Pix[i] = 200
	}
	for i, line := range lines {
		for j := range line.Rows {
			row := line.Row(j)
			for y := range zoom * f.Height {
				for x := range zoom * f.Width {
					v := row[y/zoom*f.Width+x/zoom]
					m.SetGray(border+j*wide+x, border+i*high+y, color.Gray{uint8(255 - 255*min(max(v, 0), 1))})
				}
			}
		}
	}
	file, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer file.Abort()
	if err := png.Encode(file, m); err != nil {
		return err
	}
	return file.Commit()
}

package main

import (
	"errors"
	"image"
	"image/draw"
	"image/png"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"diffeo/data"
	"diffeo/internal/atomicfile"
	"diffeo/matrix"
	"diffeo/plot"
)

// A strip is the picture of a recipe: a tile for each density, in the order of data.Toys, with log-densities in the square of the half side reach.
const (
	tile  = 96 // pixels
	reach = 4.5
)

// truthStrip is the file of the densities themselves.
const truthStrip = "truth"

// colours is the number of those of a tile.
const colours = 128

// tilePoints are the middles of a tile's pixels, row by row from above.
func tilePoints() matrix.Matrix[float64] {
	m := matrix.New[float64](tile*tile, 2)
	at := func(i int) float64 { return (2*(float64(i)+0.5)/tile - 1) * reach }
	for i := range tile {
		for k := range tile {
			copy(m.Row(i*tile+k), []float64{at(k), -at(i)})
		}
	}
	return m
}

// drawTile colours the square roots of densities: the largest of the truth is the brightest, and so is what lies above it.
func drawTile(toy data.Toy, logp []float64) *image.Paletted {
	points, largest := tilePoints(), math.Inf(-1)
	for r := range points.Rows {
		largest = max(largest, toy.LogDensity([2]float64(points.Row(r))))
	}
	p := image.NewPaletted(image.Rect(0, 0, tile, tile), plot.Viridis(colours))
	for i, l := range logp {
		if bright := math.Exp((l - largest) / 2); bright > 0 { // not NaN
			p.Pix[i] = uint8(min(bright, 1) * float64(len(p.Palette)-1))
		}
	}
	return p
}

// picture puts the tile of a fit into the strip of its recipe.
func (c config) picture(j job, score scorer) error {
	logp, err := score(tilePoints())
	if err != nil {
		return err
	}
	return c.addTile(j.recipe, j.density, logp)
}

func (c config) addTile(name, density string, logp []float64) error {
	path := filepath.Join(c.pictures, name+".png")
	toys := data.Toys()
	strip := image.NewPaletted(image.Rect(0, 0, tile*len(toys), tile), plot.Viridis(colours))
	old, err := readPicture(path)
	switch {
	case err == nil:
		draw.Draw(strip, strip.Rect, old, image.Point{}, draw.Src)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	for i, t := range toys {
		if t.Name == density {
			draw.Draw(strip, image.Rect(i*tile, 0, (i+1)*tile, tile), drawTile(t, logp), image.Point{}, draw.Src)
		}
	}
	if err := os.MkdirAll(c.pictures, 0o755); err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		return (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(w, strip)
	})
}

// drawTruth writes the strip of the densities themselves.
func (c config) drawTruth() error {
	points := tilePoints()
	for _, t := range data.Toys() {
		logp := make([]float64, points.Rows)
		for r := range logp {
			logp[r] = t.LogDensity([2]float64(points.Row(r)))
		}
		if err := c.addTile(truthStrip, t.Name, logp); err != nil {
			return err
		}
	}
	return nil
}

func readPicture(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return png.Decode(f)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"diffeo/internal/atomicfile"
	"diffeo/model"
)

// temperatures are those of the series, from plain to varied.
var temperatures = []float64{0.4, 0.6, 0.7, 0.8, 0.9, 1}

// drawPictures makes the pictures of docs/images.md and of the page from a model of the classes: digits by class, digits by class and temperature, interpolations between two
// pictures that were learned, of every class, what comes back of held-out ones from the base, and the curve of the training.
func (c config) drawPictures(ctx context.Context) error {
	m, err := model.Load(c.model)
	if err != nil {
		return err
	}
	if m.Image == nil || len(m.Image.Classes) == 0 {
		return fmt.Errorf("-model %s is no model of pictures of classes: make one by -who classes -keep", c.model)
	}
	pairs, err := firstTwo(c.at(trainLabels), len(m.Image.Classes))
	if err != nil {
		return err
	}
	file, err := filepath.Abs(c.model)
	if err != nil {
		return err
	}
	columns := strconv.Itoa(len(m.Image.Classes))
	commands := map[string][][]string{
		"digits.png":          {{"sample", file, "--grid", "8x" + columns, "--temperature", "0.7", "--seed", "1"}},
		"curve.png":           {{"plot", file, "--kind", "training", "--scale", "1"}},
		"reconstructions.png": {{"plot", file, heldImages, "--labels", heldLabels, "--kind", "reconstructions", "--grid", "4x" + columns}},
	}
	for _, t := range temperatures {
		commands["temperatures.png"] = append(commands["temperatures.png"], []string{"sample", file, "--grid", "1x" + columns, "--temperature", fmt.Sprint(t), "--seed", "2"})
	}
	for k, class := range m.Image.Classes {
		from, to := fmt.Sprintf("%s#%d", trainImages, pairs[k][0]), fmt.Sprintf("%s#%d", trainImages, pairs[k][1])
		commands["between.png"] = append(commands["between.png"], []string{"interpolate", file, from, to, "--class", class, "--steps", "10"})
	}
	for name, lines := range commands {
		if err := c.drawLines(ctx, filepath.Join(c.pictures, name), lines); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(c.log, "%s\n", filepath.Join(c.pictures, name))
	}
	return nil
}

// drawLines runs commands that write a picture each, and puts these below each other.
func (c config) drawLines(ctx context.Context, to string, commands [][]string) error {
	var lines []image.Image
	for _, args := range commands {
		if _, _, err := c.diffeo(ctx, append(args, "--out", c.at("line.png"))...); err != nil {
			return err
		}
		f, err := os.Open(c.at("line.png"))
		if err != nil {
			return err
		}
		line, err := png.Decode(f)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		lines = append(lines, line)
	}
	all := lines[0]
	if len(lines) > 1 {
		all = stacked(lines)
	}
	return atomicfile.Write(to, func(w io.Writer) error { return (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(w, all) })
}

// stacked are grey pictures below each other.
func stacked(lines []image.Image) image.Image {
	width, height := 0, 0
	for _, l := range lines {
		width, height = max(width, l.Bounds().Dx()), height+l.Bounds().Dy()
	}
	all := image.NewGray(image.Rect(0, 0, width, height))
	draw.Draw(all, all.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	y := 0
	for _, l := range lines {
		draw.Draw(all, image.Rect(0, y, l.Bounds().Dx(), y+l.Bounds().Dy()), l, l.Bounds().Min, draw.Src)
		y += l.Bounds().Dy()
	}
	return all
}

// firstTwo are the numbers, from 1, of the first two pictures of each class, of an IDX file of classes.
func firstTwo(labels string, classes int) (pairs [][2]int, err error) {
	b, err := os.ReadFile(labels)
	if err != nil {
		return nil, err
	}
	const header = 8
	pairs = make([][2]int, classes)
	found := 0
	for i := header; i < len(b) && found < 2*classes; i++ {
		k := int(b[i])
		if k >= classes {
			return nil, fmt.Errorf("%s: picture %d has the class %d, and the model knows %d", labels, i-header+1, k, classes)
		}
		for j := range pairs[k] {
			if pairs[k][j] == 0 {
				pairs[k][j] = i - header + 1
				found++
				break
			}
		}
	}
	if found < 2*classes {
		return nil, fmt.Errorf("%s: a class has less than two pictures", labels)
	}
	return pairs, nil
}

package main

import (
	"context"
	"fmt"
	"image/png"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"diffeo"
	"diffeo/data"
	"diffeo/fault"
	"diffeo/internal/atomicfile"
	"diffeo/matrix"
	"diffeo/model"
)

// pictureSampleHelp is a part of the command's help.
const pictureSampleHelp = `A model of pictures draws pictures: --grid 8x8 --out grid.png lays them out in 8 lines of 8 in one PNG file; without --grid, --out FOLDER writes -n files 1.png,
2.png, …, --out FILE.npy an array of uint8 (N, H, W, or N, C, H, W for colours), and --out FILE.png one picture. A model with classes draws those of --class NAME, or without
it of all classes in turn: in a grid of as many columns as there are classes each column is one. --temperature 0.7 is usual for pictures (Glow).`

// gridGap is the number of black pixels between the pictures of a grid.
const gridGap = 2

// mostGrid bounds the pictures of a grid.
const mostGrid = 10_000

// parseGrid reads LINESxCOLUMNS.
func parseGrid(text string) (lines, columns int, err error) {
	a, b, ok := strings.Cut(text, "x")
	lines, errA := strconv.Atoi(a)
	columns, errB := strconv.Atoi(b)
	if !ok || errA != nil || errB != nil || lines < 1 || columns < 1 || lines > mostGrid || columns > mostGrid || lines*columns > mostGrid {
		return 0, 0, usagef("--grid %q: give lines and columns, as in 8x8, %d pictures at most", text, mostGrid)
	}
	return lines, columns, nil
}

// classNumber is the number of a class by its name.
func classNumber(m *model.Model, path, name string) (int, error) {
	switch at := slices.Index(m.Image.Classes, name); {
	case len(m.Image.Classes) == 0:
		return 0, usagef("%s has no classes: leave --class out", path)
	case at < 0:
		return 0, usagef("--class %q: %s has the classes %s", name, path, fewNames(m.Image.Classes))
	default:
		return at, nil
	}
}

// drawnClasses are the classes of n draws, of which the first has a number: that of --class for each, or all classes in turn; nil for a model without.
func drawnClasses(m *model.Model, path, name string, first, n int) ([]int, error) {
	if name == "" && len(m.Image.Classes) == 0 {
		return nil, nil
	}
	classes := make([]int, n)
	if name == "" {
		for i := range classes {
			classes[i] = (first + i) % len(m.Image.Classes)
		}
		return classes, nil
	}
	at, err := classNumber(m, path, name)
	for i := range classes {
		classes[i] = at
	}
	return classes, err
}

// sampleTables are the options of sample that models of pictures have no use for.
var sampleTables = []string{"given", "query", "draws-only", "format", "delimiter", "decimal-comma", "array", "missing"}

// checkPictures reports options that are not for models of pictures, and the number of pictures to draw with the columns of their grid (0: none).
func (s *sample) checkPictures(flags *pflag.FlagSet) (n, columns int, err error) {
	if err := onlyPictures(flags, sampleTables, s.model); err != nil {
		return 0, 0, err
	}
	n = s.n
	extension := strings.ToLower(filepath.Ext(s.out.path))
	switch {
	case s.grid != "" && flags.Changed("n"):
		return 0, 0, usagef("--grid says how many pictures to draw: leave -n out")
	case s.grid != "" && extension != ".png":
		return 0, 0, usagef("--out %s: a grid is written as PNG: give a name that ends in .png", s.out.path)
	case s.grid != "":
		lines, columns, err := parseGrid(s.grid)
		return lines * columns, columns, err
	case extension == ".png" && n > 1:
		return 0, 0, usagef("--out %s: a file holds one picture, and -n is %d: give --grid, as in --grid 8x8, a folder, or a name that ends in .npy", s.out.path, n)
	case extension != ".png" && extension != ".npy" && extension != "":
		return 0, 0, usagef("--out %s: pictures are written to a PNG file, an npy file or a folder", s.out.path)
	}
	return n, 0, nil
}

// pictures draws pictures and writes them.
func (s *sample) pictures(ctx context.Context, m *model.Model, density *model.Density, flags *pflag.FlagSet) error {
	n, columns, err := s.checkPictures(flags)
	if err != nil {
		return err
	}
	if _, err := drawnClasses(m, s.model, s.class, 0, 0); err != nil {
		return err
	}
	write, err := s.pictureWriter(columns)
	if err != nil {
		return err
	}
	if err := write(n, m.Image.Format(), s.drawn(ctx, m, density, n)); err != nil {
		return err
	}
	if s.json {
		return s.printJSON(struct {
			Rows int `json:"rows"`
		}{n})
	}
	return s.print(fmt.Sprintf("%d pictures drawn to %s\n", n, s.out.path))
}

// drawn yields n pictures in batches.
func (s *sample) drawn(ctx context.Context, m *model.Model, density *model.Density, n int) iter.Seq2[data.Images, error] {
	return func(yield func(data.Images, error) bool) {
		bar := newMeter(s.environment, s.json, "drawing")
		defer bar.end()
		for from := 0; from < n; from += pictureBatch {
			bar.show(from, func() (float64, bool) { return float64(from) / float64(n), true })
			x := matrix.New[float64](min(pictureBatch, n-from), len(m.Columns))
			classes, err := drawnClasses(m, s.model, s.class, from, x.Rows)
			if err == nil {
				err = density.Sample(ctx, diffeo.Draw{Seed: s.seed, First: uint64(from)}, model.Condition[float64](*m.Image, classes), x)
			}
			if !yield(data.ImagesOf(m.Image.Format(), x), err) || err != nil {
				return
			}
		}
	}
}

// pictureWriter writes n pictures of a format.
type pictureWriter func(n int, f data.ImageFormat, drawn iter.Seq2[data.Images, error]) error

// pictureWriter is what --out asks for. It fails now rather than after the pictures are drawn where it can.
func (s *sample) pictureWriter(columns int) (pictureWriter, error) {
	path := s.out.path
	switch strings.ToLower(filepath.Ext(path)) {
	case ".png":
		return func(_ int, f data.ImageFormat, drawn iter.Seq2[data.Images, error]) error {
			all := data.Images{ImageFormat: f}
			for batch, err := range drawn {
				if err != nil {
					return err
				}
				all.Pixels = append(all.Pixels, batch.Pixels...)
			}
			return savePNG(path, all, max(1, columns), map[bool]int{true: gridGap}[columns > 0])
		}, model.CanSave(path)
	case ".npy":
		return func(n int, f data.ImageFormat, drawn iter.Seq2[data.Images, error]) error {
			return atomicfile.Write(path, func(w io.Writer) error { return data.WriteImages(w, f, n, drawn) })
		}, model.CanSave(path)
	}
	if entries, err := os.ReadDir(path); err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("%w: %s is a folder that holds files; give an empty one, or the name of a new one", fault.ErrConfig, path)
	}
	return func(n int, _ data.ImageFormat, drawn iter.Seq2[data.Images, error]) error {
		return saveEach(path, n, drawn)
	}, os.MkdirAll(path, 0o777)
}

// saveEach writes n pictures to a folder, a file each, whose names sort as they were drawn.
func saveEach(folder string, n int, drawn iter.Seq2[data.Images, error]) error {
	done, width := 0, len(strconv.Itoa(n))
	for batch, err := range drawn {
		if err != nil {
			return err
		}
		for r := range batch.Rows() {
			one, err := batch.Select([]int{r})
			if err != nil {
				return err
			}
			done++
			if err := savePNG(filepath.Join(folder, fmt.Sprintf("%0*d.png", width, done)), one, 1, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// savePNG writes pictures as one file, so many to a line.
func savePNG(path string, set data.Images, columns, gap int) error {
	return atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, set.Grid(columns, gap)) })
}

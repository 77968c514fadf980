package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"diffeo/data"
	"diffeo/fault"
	"diffeo/model"
)

// pictureHelp is a part of the help of the commands that read pictures.
const pictureHelp = `Pictures are a folder of PNG or JPEG files, one such file, an IDX file as of MNIST, a binary file of CIFAR-10 or CIFAR-100, or an npy array of uint8,
told by content (files may be gzipped). All have one size and 1 or 3 channels of 8 bits. --labels names the file with their classes: of an IDX or npy file an IDX
file or a table of one column of whole numbers, of a folder a CSV file of path,label; in a folder without one the first folder of a path is the class, and
files of CIFAR hold their own.`

// pictureFlags are the options of reading pictures that commands share.
type pictureFlags struct {
	labels string
	o      data.ImageOptions
	report data.ImageReport
}

// pictureReading are the names of their flags.
var pictureReading = []string{"labels", "skip-corrupt", "image-format", "layout", "coarse"}

func (p *pictureFlags) flags(flags *pflag.FlagSet) {
	flags.StringVar(&p.labels, "labels", "", "pictures: file with their classes")
	flags.BoolVar(&p.o.SkipCorrupt, "skip-corrupt", false, "pictures: leave out and count files of a folder that cannot be decoded, instead of refusing them")
	flags.StringVar(&p.o.Format, "image-format", "", "pictures: cifar10 or cifar100, where a file's length does not tell")
	flags.StringVar(&p.o.Layout, "layout", "", "pictures: axes of an array of four, nhwc or nchw, where the number of channels does not tell")
	flags.BoolVar(&p.o.Coarse, "coarse", false, "pictures: the 20 coarse classes of CIFAR-100 instead of its 100")
}

// onlyTables reports options of pictures where there are none.
func onlyTables(flags *pflag.FlagSet, names []string, why string) error {
	for _, name := range names {
		if flags.Changed(name) {
			return usagef("--%s is for pictures, and %s", name, why)
		}
	}
	return nil
}

// onlyPictures reports options of tables beside a model of pictures.
func onlyPictures(flags *pflag.FlagSet, names []string, path string) error {
	for _, name := range names {
		if flags.Changed(name) {
			return usagef("--%s is for models of tables, and %s is one of pictures", name, path)
		}
	}
	return nil
}

func (p *pictureFlags) options(labels string) data.ImageOptions {
	o := p.o
	o.Labels, o.Report = labels, &p.report
	return o
}

// open opens a set of pictures; labels is the file of its classes.
func (p *pictureFlags) open(path, labels string) (*data.ImageReader, error) {
	return data.OpenImages(path, p.options(labels))
}

// read reads a set into memory.
func (p *pictureFlags) read(ctx context.Context, path, labels string) (data.Images, error) {
	return data.ReadImages(ctx, path, p.options(labels))
}

// say tells what the latest set lacks.
func (p *pictureFlags) say(say func(format string, args ...any), path string) {
	if p.report.Corrupt > 0 {
		say("%s: %d files are left out because they cannot be decoded; the first: %s\n", path, p.report.Corrupt, p.report.First)
	}
}

// like makes pictures be read as those were that a model was fitted to. Only files of one picture each can be resized.
func (p *pictureFlags) like(m *model.Model, path string) {
	info, err := os.Stat(path)
	alone := slices.Contains([]string{".png", ".jpg", ".jpeg"}, strings.ToLower(filepath.Ext(path)))
	if m.Image.Resized && err == nil && (info.IsDir() || alone) {
		p.o.Height, p.o.Width = m.Image.Height, m.Image.Width
	}
}

// fitsFormat reports pictures of another size than the model's.
func fitsFormat(m *model.Model, path string, f data.ImageFormat) error {
	if want := m.Image.Format(); f != want {
		return fmt.Errorf("%w: %s: its pictures are %v (channels, height, width), and the model was fitted to %v", fault.ErrData, path, f, want)
	}
	return nil
}

// classesOf are the numbers that a model has for the classes of a set; nil for a model without a condition.
func classesOf(m *model.Model, set data.Images) ([]int, error) {
	known := m.Image.Classes
	switch {
	case len(known) == 0:
		return nil, nil
	case set.Classes == nil:
		return nil, fmt.Errorf("%w: %s: the model is conditioned on the class of a picture (%s), and these have none; give the file of their classes by --labels",
			fault.ErrContext, set.Source, fewNames(known))
	}
	number := make([]int, len(set.ClassNames))
	for i, name := range set.ClassNames {
		number[i] = slices.Index(known, name)
	}
	classes := make([]int, len(set.Classes))
	for r, c := range set.Classes {
		if classes[r] = number[c]; number[c] < 0 {
			return nil, fmt.Errorf("%w: %s: %s has the class %q, and the model knows %s", fault.ErrContext, set.Source, pictureName(set, r), set.ClassNames[c], fewNames(known))
		}
	}
	return classes, nil
}

// pictureName names a picture of a set for messages.
func pictureName(set data.Images, r int) string {
	if set.Paths != nil {
		return set.Paths[r]
	}
	return fmt.Sprintf("picture %d", r+1)
}

// fewNames lists names, of many the first.
func fewNames(names []string) string {
	const most = 12
	if len(names) > most {
		return strings.Join(names[:most], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

// ofTables refuses a model of pictures for a command that has no use for one.
func ofTables(m *model.Model, path, command, instead string) error {
	if m.Image == nil {
		return nil
	}
	return usagef("%s is a model of pictures, and %s is for models of tables: %s", path, command, instead)
}

// ofPictures refuses a model of a table.
func ofPictures(m *model.Model, path, what string) error {
	if m.Image != nil {
		return nil
	}
	return usagef("%s is a model of a table, and %s is for models of pictures, fitted by --recipe glow or realnvp-image", path, what)
}

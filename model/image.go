package model

import (
	"fmt"
	"math"
	"slices"

	"diffeo/data"
	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/recipe"
)

// Image says that the columns of a model are the pixels of pictures: whole numbers from 0 to Levels − 1, dequantized, in the order of data.Images. The density is
// that of pixels, and log P a probability (see Density.Discrete). The condition is the class of a picture, as a one among zeros.
type Image struct {
	Channels int      `json:"channels"` // 1: grey, 3: red, green and blue
	Height   int      `json:"height"`
	Width    int      `json:"width"`
	Levels   int      `json:"levels"`            // values that a pixel may have, 2 to 256
	Classes  []string `json:"classes,omitempty"` // names of the classes by their numbers; none: the model has no condition
	Resized  bool     `json:"resized,omitempty"` // the pictures were brought to this size (data.ImageOptions.Height), and others are to be
}

// Bounds of an Image, so that a few bytes of a file cannot ask for any amount of memory.
const (
	mostPixels  = 1 << 20
	mostClasses = 1 << 16
)

// NewImages makes a model of pictures with a recipe of images, with first weights that are a function of the seed. The Image gives the recipe's Image and
// Context. Errors wrap fault.ErrConfig, or fault.ErrModel for an Image that is none.
func NewImages(name string, c recipe.Config, p Image, precision string, seed uint64) (*Model, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	c.Dim, c.Context, c.Image = p.Format().Size(), len(p.Classes), []int{p.Channels, p.Height, p.Width}
	f, err := recipe.New(name, c)
	if err != nil {
		return nil, err
	}
	return assemble(Model{Recipe: name, Flow: f, Precision: precision, Columns: p.columns(), Context: p.context(), Image: &p, Seed: seed}, c)
}

// Format is the size of the pictures.
func (p Image) Format() data.ImageFormat {
	return data.ImageFormat{Channels: p.Channels, Height: p.Height, Width: p.Width}
}

// BitsPerDim is −log₂ p of a picture for each of its values, of a log-density in nats.
func (p Image) BitsPerDim(logProb float64) float64 {
	return -logProb / (float64(p.Format().Size()) * math.Ln2)
}

// Condition is the context of rows with these classes, a one among zeros each; the zero Matrix for pictures without classes.
func Condition[T matrix.Float](p Image, classes []int) matrix.Matrix[T] {
	if len(p.Classes) == 0 {
		return matrix.Matrix[T]{}
	}
	cond := matrix.New[T](len(classes), len(p.Classes))
	for r, class := range classes {
		cond.Row(r)[class] = 1
	}
	return cond
}

// pixelSteps is the preprocessing of every pixel.
var pixelSteps = []data.Step{{Kind: data.Dequantize, Width: 1}}

// column is that of a pixel: its name tells channel, line and column from 0.
func (p Image) column(i int) Column {
	plane := p.Height * p.Width
	return Column{Name: fmt.Sprintf("c%dy%dx%d", i/plane, i%plane/p.Width, i%p.Width), Std: 1, Steps: pixelSteps}
}

func (p Image) columns() []Column {
	list := make([]Column, p.Format().Size())
	for i := range list {
		list[i] = p.column(i)
	}
	return list
}

// context are the columns of the classes.
func (p Image) context() []Column {
	var list []Column
	for _, name := range p.Classes {
		list = append(list, Column{Name: "class " + name, Std: 1})
	}
	return list
}

// check reports an Image that is none.
func (p Image) check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: image: %s", fault.ErrModel, fmt.Sprintf(format, args...))
	}
	switch {
	case p.Channels != 1 && p.Channels != 3:
		return bad("%d channels, and pictures have 1 or 3", p.Channels)
	case p.Height < 1 || p.Width < 1 || p.Height > mostPixels || p.Width > mostPixels || p.Channels*p.Height*p.Width > mostPixels:
		return bad("%d channels of %d×%d pixels; a picture has 1 to %d values", p.Channels, p.Height, p.Width, mostPixels)
	case p.Levels < 2 || p.Levels > 256:
		return bad("pixels of %d levels, not of 2 to 256", p.Levels)
	case len(p.Classes) > mostClasses:
		return bad("%d classes, more than %d", len(p.Classes), mostClasses)
	}
	sorted := slices.Sorted(slices.Values(p.Classes))
	for i, name := range sorted {
		if name == "" || i > 0 && name == sorted[i-1] {
			return bad("a class is named %q: names are not empty and occur once", name)
		}
	}
	return nil
}

// fits reports columns that are not those of the pictures.
func (p Image) fits(columns, context []Column) error {
	if err := p.check(); err != nil {
		return err
	}
	same := func(a, b Column) bool {
		return a.Name == b.Name && a.Mean == b.Mean && a.Std == b.Std && slices.Equal(a.Steps, b.Steps)
	}
	ok := len(columns) == p.Format().Size() && slices.EqualFunc(context, p.context(), same)
	for i := 0; ok && i < len(columns); i++ {
		ok = same(columns[i], p.column(i))
	}
	if !ok {
		return fmt.Errorf("%w: image: the columns are not those of pictures of %v with %d classes", fault.ErrModel, p.Format(), len(p.Classes))
	}
	return nil
}

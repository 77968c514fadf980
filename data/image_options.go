package data

import (
	"fmt"

	"diffeo/fault"
)

// ImageOptions say how pictures are read. The zero value takes them as they are.
type ImageOptions struct {
	// Format says what a file is where its content does not: "cifar10" or "cifar100", whose files have no magic number and may have a length that
	// fits both. "": what the content says.
	Format string

	// Coarse: the classes of CIFAR-100 are its 20 coarse ones, not the 100 fine ones.
	Coarse bool

	// Layout is the order of the axes of an array (npy, IDX) with four: LayoutNHWC or LayoutNCHW. "": the one of the two in which there are
	// 1 or 3 channels; an array that may be either is refused.
	Layout string

	// Labels is a file with the classes. Beside an IDX file: an IDX file of one axis. Beside an npy file: a table of one column of whole numbers
	// (npy, CSV, Parquet) or an IDX file. For a folder: a CSV file of path,label, the path being relative to the folder, with or without this line at its head; "" then
	// means that the folders in it are the classes.
	Labels string

	// Height and Width, where given, are what pictures of a folder are resized to (Catmull–Rom; the ratio of the sides is not kept). 0: pictures must have one
	// size.
	Height, Width int

	// SkipCorrupt leaves out files of a folder that cannot be decoded, and counts them. Else the first of them is the error.
	// Pictures of another size or depth are errors always: they are sound, and the set is not.
	SkipCorrupt bool

	// Keep, where it is not nil, says which pictures (from 0; in a folder by the order of paths) are wanted. Others are not decoded. With Parts it
	// divides a set.
	Keep func(row int) bool

	// Report, where it is not nil, is filled in by each pass.
	Report *ImageReport
}

// The layouts of arrays: N pictures, C channels, H lines, W columns.
const (
	LayoutNHWC = "nhwc"
	LayoutNCHW = "nchw"
)

// The formats that ImageOptions.Format can name.
const (
	FormatCIFAR10  = "cifar10"
	FormatCIFAR100 = "cifar100"
)

// ImageReport is what the latest pass met.
type ImageReport struct {
	Rows    int    // pictures given out
	Corrupt int    // files left out because they cannot be decoded
	First   string // the message of the first of them
}

func (o ImageOptions) check() error {
	switch {
	case o.Format != "" && o.Format != FormatCIFAR10 && o.Format != FormatCIFAR100:
		return fmt.Errorf("%w: Format: %q is not %q or %q, and other formats are known by their content", fault.ErrConfig, o.Format, FormatCIFAR10, FormatCIFAR100)
	case o.Layout != "" && o.Layout != LayoutNHWC && o.Layout != LayoutNCHW:
		return fmt.Errorf("%w: Layout: %q is not %q or %q", fault.ErrConfig, o.Layout, LayoutNHWC, LayoutNCHW)
	case o.Height < 0 || o.Width < 0 || (o.Height == 0) != (o.Width == 0):
		return fmt.Errorf("%w: Height and Width: %d and %d; give both above 0, or neither", fault.ErrConfig, o.Height, o.Width)
	case o.Height > maxSide || o.Width > maxSide:
		return fmt.Errorf("%w: Height and Width: %d and %d; at most %d", fault.ErrConfig, o.Height, o.Width, maxSide)
	}
	return nil
}

// maxSide bounds the sides of a picture, so that a few bytes of a header cannot ask for any amount of memory.
const maxSide = 8192

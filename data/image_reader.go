package data

import (
	"bytes"
	"context"
	"io"
	"iter"
	"math"
	"os"
	"slices"
	"strings"
)

// DefaultImages is the number of pictures of a batch where none is asked for.
const DefaultImages = 256

// pictures are those of a set, one after the other.
type pictures interface {
	about() (f ImageFormat, classNames []string)

	// count is how many there are, corrupt ones among them, where the length of what is there tells. 0: it does not.
	count() int

	// rewind goes back to before the first picture.
	rewind() error

	// next writes the values of the picture that comes next, planar, and tells its class (−1: none) and its file (""). dst nil
	// passes it over. After the last one it returns io.EOF.
	next(dst []uint8) (class int, path string, err error)

	close() error
}

// ImageReader streams a set of pictures. It is not safe for concurrent use.
type ImageReader struct {
	set     pictures
	options ImageOptions
	source  string
	format  ImageFormat
	names   []string
	row     int // that comes next
	report  ImageReport
}

// OpenImages opens a set of pictures: a folder of PNG or JPEG files, one such file, an IDX file as of MNIST, a binary file of CIFAR-10
// or CIFAR-100, or an npy array of uint8. Content decides about the format of a file, and files may be gzipped.
//
// The pictures of a folder are those below it whose names end in .png, .jpg or .jpeg and begin with no dot, in the order of their paths. All must have the
// size and the number of channels of the first one (see ImageOptions.Height); nothing is ever cropped. Palettes count as colour, transparent pixels and
// 16 bits a channel are refused. Where they lie in folders, the first folder of a path is the picture's class.
// Class names that are all whole numbers are the classes' own numbers; others are numbered in alphabetical order.
//
// Errors wrap fault.ErrData and name the file; a bad option is fault.ErrConfig.
func OpenImages(path string, o ImageOptions) (*ImageReader, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	set, err := openPictures(path, o)
	if err != nil {
		return nil, err
	}
	r := &ImageReader{set: set, options: o, source: path}
	r.format, r.names = set.about()
	return r, nil
}

func openPictures(path string, o ImageOptions) (pictures, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return openFolder(path, o)
	}
	s, err := openSource(path)
	if err != nil {
		return nil, err
	}
	set, err := openPacked(s, o)
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	if set == nil { // a single picture
		_ = s.Close()
		return openFile(path, o)
	}
	return set, nil
}

// openPacked opens a file of many pictures; nil means that it is one picture.
func openPacked(s *source, o ImageOptions) (pictures, error) {
	start, err := s.Peek(8)
	switch {
	case err != nil && err != io.EOF:
		return nil, readProblem(s.name, err)
	case len(start) == 0:
		return nil, problemf(s.name, "the file is empty; a set needs at least one picture")
	case o.Height > 0 && !isPicture(start):
		return nil, problemf(s.name, "only pictures of a folder are resized; leave that out (Height and Width, --resize)")
	case o.Format != "":
		return openCIFAR(s, o)
	case isPicture(start):
		return nil, nil
	case bytes.HasPrefix(start, []byte(npyMagic)):
		return openNpyImages(s, o)
	case bytes.HasPrefix(start, []byte("\x00\x00")) && len(start) >= 4 && idxKind(start[2]) != "" && start[3] <= 4:
		return openIDX(s, o)
	case bytes.HasPrefix(start, []byte("PK")):
		return nil, problemf(s.name, "this is an archive; unpack it")
	case cifarLength(s.size) != 0 || strings.Contains(strings.ToLower(s.name), ".bin"):
		return openCIFAR(s, o)
	}
	return nil, problemf(s.name, "this is no set of pictures, by its first bytes: a folder of PNG or JPEG files, an IDX file, a binary file of CIFAR or an npy array of uint8")
}

// Format is the size of the pictures.
func (r *ImageReader) Format() ImageFormat { return r.format }

// ClassNames are the names of the classes, by their numbers; nil where the set has none.
func (r *ImageReader) ClassNames() []string { return r.names }

// Close releases the file.
func (r *ImageReader) Close() error { return r.set.close() }

// Batches yields the pictures from the first on, so many at a time (DefaultImages where rows is not positive); the last batch may have fewer. They
// are decoded ahead by a goroutine that ends with the iteration. A batch is overwritten by the next step: copy what has to
// last. After an error, which is yielded with no pictures, the iteration ends. A set that turns out to hold no picture is an error.
func (r *ImageReader) Batches(ctx context.Context, rows int) iter.Seq2[Images, error] {
	if rows <= 0 {
		rows = DefaultImages
	}
	return func(yield func(Images, error) bool) {
		if err := r.set.rewind(); err != nil {
			yield(Images{}, err)
			return
		}
		r.row, r.report = 0, ImageReport{}
		ahead(ctx, func(batch *Images) error { return r.fill(ctx, batch, rows) }, yield)
		if r.options.Report != nil {
			*r.options.Report = r.report
		}
	}
}

// fill reads the next batch. With io.EOF the last pictures may come.
func (r *ImageReader) fill(ctx context.Context, batch *Images, rows int) error {
	size := r.format.Size()
	*batch = Images{ImageFormat: r.format, Pixels: batch.Pixels[:0], Classes: batch.Classes[:0], Paths: batch.Paths[:0], ClassNames: r.names, Source: r.source}
	for len(batch.Pixels) < rows*size {
		if err := ctx.Err(); err != nil {
			return err
		}
		row := r.row
		r.row++
		if r.options.Keep != nil && !r.options.Keep(row) {
			if _, _, err := r.set.next(nil); err != nil {
				return r.end(err)
			}
			continue
		}
		n := len(batch.Pixels)
		batch.Pixels = slices.Grow(batch.Pixels, size)[:n+size]
		class, path, err := r.set.next(batch.Pixels[n:])
		if err != nil {
			batch.Pixels = batch.Pixels[:n]
			if _, corrupt := err.(*corruptFile); corrupt && r.options.SkipCorrupt {
				if r.report.Corrupt++; r.report.Corrupt == 1 {
					r.report.First = err.Error()
				}
				continue
			}
			return r.end(err)
		}
		r.report.Rows++
		if class >= 0 {
			batch.Classes = append(batch.Classes, class)
		}
		if path != "" {
			batch.Paths = append(batch.Paths, path)
		}
	}
	return nil
}

func (r *ImageReader) end(err error) error {
	if err == io.EOF && r.report.Rows == 0 {
		return problemf(r.source, "no picture is left to read (%d files are corrupt)", r.report.Corrupt)
	}
	return err
}

// ReadImages reads a whole set into memory. SpoolImages is for sets that are larger.
func ReadImages(ctx context.Context, path string, o ImageOptions) (Images, error) {
	return gatherImages(ctx, path, o, &spool{most: math.MaxInt64})
}

// gatherImages reads a whole set, whose values lie where to puts them.
func gatherImages(ctx context.Context, path string, o ImageOptions, to *spool) (_ Images, err error) {
	defer func() {
		if e := to.close(); err == nil {
			err = e
		}
	}()
	r, err := OpenImages(path, o)
	if err != nil {
		return Images{}, err
	}
	defer func() { _ = r.Close() }()
	if o.Keep == nil {
		to.expect(int64(r.set.count()) * int64(r.format.Size()))
	}
	all := Images{ImageFormat: r.format, ClassNames: r.names, Source: path}
	for batch, err := range r.Batches(ctx, 0) {
		if err == nil {
			err = to.add(batch.Pixels)
		}
		if err != nil {
			return Images{}, err
		}
		all.Classes = append(all.Classes, batch.Classes...)
		all.Paths = append(all.Paths, batch.Paths...)
	}
	all.Pixels, err = to.finish()
	return all, err
}

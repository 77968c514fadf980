package data

import (
	"errors"
	"io"
	"math"
	"strconv"
)

// packedImages is a file in which pictures of one length follow each other behind a header.
type packedImages struct {
	source  *source
	format  ImageFormat
	names   []string
	offset  int64 // bytes of the header
	rows    int   // −1: as many as there are
	lead    int   // bytes before the values of each picture
	classAt int   // which of them is the class; −1: none
	classes int   // how many there are, where they lie before the values
	labels  []int // where they are in another file
	last    bool  // channels lie last
	buffer  []byte
	row     int
}

// array takes the shape of an array and the classes beside it.
func (p *packedImages) array(shape []int, o ImageOptions) error {
	if err := p.axes(shape, o.Layout); err != nil {
		return err
	}
	if err := p.labelled(o.Labels); err != nil {
		return err
	}
	return p.begin()
}

// begin checks the file against its header, as far as its length is known.
func (p *packedImages) begin() error {
	if p.format.Size() == 0 || p.rows == 0 {
		return problemf(p.source.name, "its header promises %d pictures of %v; a set needs at least one of some size", p.rows, p.format)
	}
	if p.format.Height > maxSide || p.format.Width > maxSide {
		return problemf(p.source.name, "pictures of %v are too large, or the header is damaged; a side has at most %d", p.format, maxSide)
	}
	p.buffer = make([]byte, p.lead+p.format.Size())
	if p.labels != nil && len(p.labels) != p.rows {
		return problemf(p.source.name, "it has %d pictures and the file of labels %d labels; they belong to different sets", p.rows, len(p.labels))
	}
	if p.source.size < 0 || p.rows < 0 {
		return nil
	}
	switch have, want := p.source.size-p.offset, float64(p.rows)*float64(len(p.buffer)); {
	case float64(have) < want:
		return problemf(p.source.name, "it is cut short: its header promises %d pictures of %v, only %d are there; write or copy it again",
			p.rows, p.format, have/int64(len(p.buffer)))
	case float64(have) > want:
		return problemf(p.source.name, "%.0f bytes follow its %d pictures of %v; write or copy it again", float64(have)-want, p.rows, p.format)
	}
	return nil
}

func (p *packedImages) about() (ImageFormat, []string) { return p.format, p.names }

// count implements pictures. Of a packed file the header alone speaks, which may promise anything.
func (p *packedImages) count() int {
	if p.source.size < 0 {
		return 0
	}
	return int((p.source.size - p.offset) / int64(len(p.buffer)))
}

func (p *packedImages) close() error { return p.source.Close() }

func (p *packedImages) rewind() error {
	if p.source.used {
		if err := p.source.rewind(); err != nil {
			return err
		}
		if _, err := io.CopyN(io.Discard, p.source, p.offset); err != nil {
			return readProblem(p.source.name, err)
		}
	}
	p.source.used, p.row = true, 0
	return nil
}

func (p *packedImages) next(dst []uint8) (class int, path string, err error) {
	if p.row == p.rows {
		return -1, "", p.finish()
	}
	n, err := io.ReadFull(p.source, p.buffer)
	switch {
	case err == io.EOF && p.rows < 0 && p.row > 0:
		return -1, "", io.EOF
	case err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF):
		return -1, "", problemf(p.source.name, "it is cut short: picture %d ends after %d of %d bytes; write or copy it again", p.row+1, n, len(p.buffer))
	case err != nil:
		return -1, "", readProblem(p.source.name, err)
	}
	class = -1
	switch {
	case p.labels != nil:
		class = p.labels[p.row]
	case p.classAt >= 0:
		if class = int(p.buffer[p.classAt]); class >= p.classes {
			return -1, "", problemf(p.source.name, "picture %d has the class %d, and there are %d; the file is damaged, or in another format", p.row+1, class, p.classes)
		}
	}
	p.row++
	if dst != nil {
		planar(dst, p.buffer[p.lead:], p.format, p.last)
	}
	return class, "", nil
}

// finish makes sure that nothing follows.
func (p *packedImages) finish() error {
	switch _, err := p.source.ReadByte(); {
	case err == nil:
		return problemf(p.source.name, "more bytes follow its %d pictures of %v; write or copy it again", p.rows, p.format)
	case err == io.EOF:
		return io.EOF
	default:
		return readProblem(p.source.name, err)
	}
}

// planar copies values to channels one after the other; last says that in src the channels lie last.
func planar(dst, src []uint8, f ImageFormat, last bool) {
	if !last || f.Channels == 1 {
		copy(dst, src)
		return
	}
	n := f.Height * f.Width
	for i := range n {
		for c := range f.Channels {
			dst[c*n+i] = src[i*f.Channels+c]
		}
	}
}

// axes takes the shape of an array of pictures.
func (p *packedImages) axes(shape []int, layout string) error {
	for _, n := range shape {
		if n > math.MaxInt32 {
			return problemf(p.source.name, "a shape of %v is too large to be true; the header is damaged", shape)
		}
	}
	switch len(shape) {
	case 3:
		p.rows, p.format = shape[0], ImageFormat{1, shape[1], shape[2]}
		return nil
	case 4:
	default:
		return problemf(p.source.name, "the array has %d axes; pictures have 3 (N, H, W) or 4 (N, H, W, C or N, C, H, W)", len(shape))
	}
	p.rows = shape[0]
	colours := func(n int) bool { return n == 1 || n == 3 }
	nhwc, nchw := colours(shape[3]), colours(shape[1])
	switch {
	case layout == LayoutNHWC && nhwc, layout == "" && nhwc && !nchw:
		p.format, p.last = ImageFormat{shape[3], shape[1], shape[2]}, true
	case layout == LayoutNCHW && nchw, layout == "" && nchw && !nhwc:
		p.format = ImageFormat{shape[1], shape[2], shape[3]}
	case layout == "" && nhwc:
		return problemf(p.source.name, "an array of %v may have its channels first or last; say which by the layout %q or %q", shape, LayoutNCHW, LayoutNHWC)
	default:
		return problemf(p.source.name, "an array of %v does not have 1 or 3 channels%s; take those that are colours", shape, where(layout))
	}
	return nil
}

func where(layout string) string {
	switch layout {
	case LayoutNHWC:
		return " on its last axis"
	case LayoutNCHW:
		return " on its second axis"
	}
	return ""
}

// numberNames names classes by their numbers, 0 to n − 1.
func numberNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	return names
}

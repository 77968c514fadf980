package safetensors

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"diffeo/fault"
)

// Decode reads a file that is in memory. The tensors' Data are slices of b.
func Decode(b []byte) (File, error) {
	n, err := headerLength(b, int64(len(b)))
	if err != nil {
		return File{}, err
	}
	metadata, entries, err := checkedHeader(b[8:8+n], int64(len(b))-8-n)
	if err != nil {
		return File{}, err
	}
	return slice(metadata, entries, b[8+n:]), nil
}

// Read reads a file of size bytes. The tensors' Data share one allocation, which is made only once the
// header is known to be sound and the last byte of the file was seen to exist.
func Read(r io.ReaderAt, size int64) (File, error) {
	var start [8]byte
	if size >= 8 {
		if err := readAt(r, start[:], 0); err != nil {
			return File{}, err
		}
	}
	n, err := headerLength(start[:], size)
	if err != nil {
		return File{}, err
	}
	if err := readAt(r, make([]byte, 1), size-1); err != nil { // size is the caller's claim
		return File{}, err
	}
	header := make([]byte, n)
	if err := readAt(r, header, 8); err != nil {
		return File{}, err
	}
	metadata, entries, err := checkedHeader(header, size-8-n)
	if err != nil {
		return File{}, err
	}
	data := make([]byte, size-8-n)
	if err := readAt(r, data, 8+n); err != nil {
		return File{}, err
	}
	return slice(metadata, entries, data), nil
}

func readAt(r io.ReaderAt, p []byte, offset int64) error {
	n, err := r.ReadAt(p, offset)
	if n == len(p) { // the end of the file may be reported along with the last bytes
		return nil
	}
	return fmt.Errorf("%w: %d bytes at offset %d cannot be read: %w", fault.ErrModel, len(p), offset, err)
}

// headerLength reads the first 8 bytes of a file of the given size.
func headerLength(b []byte, size int64) (int64, error) {
	if size < 8 {
		return 0, fmt.Errorf("%w: %d bytes are too few for a safetensors file", fault.ErrModel, size)
	}
	n := binary.LittleEndian.Uint64(b)
	if n > uint64(size-8) {
		return 0, fmt.Errorf("%w: the header should be %d bytes long, but only %d follow: the file is cut short, or not safetensors",
			fault.ErrModel, n, size-8)
	}
	if n > maxHeader {
		return 0, fmt.Errorf("%w: a header of %d bytes is longer than the %d that are allowed", fault.ErrModel, n, maxHeader)
	}
	return int64(n), nil
}

// checkedHeader parses a header that accounts for every one of the size bytes after it.
func checkedHeader(b []byte, size int64) (map[string]string, []entry, error) {
	metadata, entries, err := parseHeader(b)
	if err == nil {
		err = checkLayout(entries, size)
	}
	return metadata, entries, err
}

// checkLayout sorts the entries by place and makes sure that each has the length of its shape, and that together
// they cover size bytes exactly.
func checkLayout(entries []entry, size int64) error {
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end), cmp.Compare(a.name, b.name))
	})
	var at int64
	for _, e := range entries {
		n, err := byteSize(e.dtype, e.shape)
		switch {
		case err != nil:
			return fmt.Errorf("tensor %.80q: %w", e.name, err)
		case e.end < e.begin || e.end > size:
			return fmt.Errorf("%w: tensor %.80q: offsets %d to %d are not within the %d bytes of data: the file is cut short or damaged",
				fault.ErrModel, e.name, e.begin, e.end, size)
		case e.end-e.begin != int64(n):
			return fmt.Errorf("%w: tensor %.80q: %s of shape %v needs %d bytes, its offsets span %d",
				fault.ErrModel, e.name, e.dtype, e.shape, n, e.end-e.begin)
		case e.begin < at:
			return fmt.Errorf("%w: tensor %.80q at offset %d overlaps the one before it, which ends at %d", fault.ErrModel, e.name, e.begin, at)
		case e.begin > at:
			return fmt.Errorf("%w: bytes %d to %d of the data belong to no tensor", fault.ErrModel, at, e.begin)
		}
		at = e.end
	}
	if at != size {
		return fmt.Errorf("%w: bytes %d to %d of the data belong to no tensor", fault.ErrModel, at, size)
	}
	return nil
}

func slice(metadata map[string]string, entries []entry, data []byte) File {
	f := File{Metadata: metadata, Tensors: make(map[string]Tensor, len(entries))}
	for _, e := range entries {
		f.Tensors[e.name] = Tensor{DType: e.dtype, Shape: e.shape, Data: data[e.begin:e.end:e.end]}
	}
	return f
}

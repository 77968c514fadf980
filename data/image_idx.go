package data

import (
	"encoding/binary"
	"io"
)

// The IDX format of MNIST (yann.lecun.com/exdb/mnist): two zero bytes, the type of the elements, the number of axes, the length of each axis as a
// big-endian uint32, and the elements, the last axis running fastest.

// idxKind names a type of elements; "": none.
func idxKind(b byte) string {
	return map[byte]string{8: "uint8", 9: "int8", 0xb: "int16", 0xc: "int32", 0xd: "float32", 0xe: "float64"}[b]
}

// readIDXHeader returns the axes of an array of uint8 and the length of the header.
func readIDXHeader(s *source) (shape []int, offset int64, err error) {
	start := make([]byte, 4)
	if _, err := io.ReadFull(s, start); err != nil {
		return nil, 0, problemf(s.name, "the file ends in its header; it was cut short: write or copy it again")
	}
	switch kind := idxKind(start[2]); {
	case start[0] != 0 || start[1] != 0 || kind == "":
		return nil, 0, problemf(s.name, "this is no IDX file: it does not begin with two zero bytes and a type")
	case kind != "uint8":
		return nil, 0, problemf(s.name, "its elements are %s; pictures and labels are uint8", kind)
	case start[3] == 0 || start[3] > 4:
		return nil, 0, problemf(s.name, "it has %d axes; pictures have 3 or 4, labels 1", start[3])
	}
	lengths := make([]byte, 4*int(start[3]))
	if _, err := io.ReadFull(s, lengths); err != nil {
		return nil, 0, problemf(s.name, "the file ends in its header; it was cut short: write or copy it again")
	}
	for i := 0; i < len(lengths); i += 4 {
		shape = append(shape, int(binary.BigEndian.Uint32(lengths[i:])))
	}
	return shape, int64(4 + len(lengths)), nil
}

func openIDX(s *source, o ImageOptions) (pictures, error) {
	shape, offset, err := readIDXHeader(s)
	if err != nil {
		return nil, err
	}
	if len(shape) == 1 {
		return nil, problemf(s.name, "these are %d labels, not pictures; give the file of the pictures, and this one as its labels", shape[0])
	}
	p := &packedImages{source: s, offset: offset, classAt: -1}
	return p, p.array(shape, o)
}

package data

// openNpyImages opens an array of uint8 with three or four axes.
func openNpyImages(s *source, o ImageOptions) (pictures, error) {
	text, offset, err := readNpyText(s)
	if err != nil {
		return nil, problemf(s.name, "%v", err)
	}
	d := pythonDict{text}
	descr, fortran, shape, err := d.array()
	switch {
	case err != nil:
		return nil, problemf(s.name, "%v", err)
	case descr != "|u1":
		return nil, problemf(s.name, "its elements are of type %.20q; pictures are uint8, 0 to 255: array.astype('uint8')", descr)
	case fortran:
		return nil, problemf(s.name, "the array is in Fortran order; save it in C order: numpy.ascontiguousarray")
	}
	p := &packedImages{source: s, offset: offset, classAt: -1}
	return p, p.array(shape, o)
}

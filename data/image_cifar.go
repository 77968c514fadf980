package data

// The binary format of CIFAR (cs.toronto.edu/~kriz/cifar.html): records of one label (CIFAR-10), or of a coarse and a fine label (CIFAR-100), and
// 3072 values, red, green and blue planes of 32 lines of 32. There is no header.
const (
	cifarSize   = 3 * 32 * 32
	cifar10     = 1 + cifarSize
	cifar100    = 2 + cifarSize
	cifarCoarse = 20
)

// cifarLength is the length of a record that divides that of a file; 0: none; −1: both.
func cifarLength(size int64) int {
	ten, hundred := size > 0 && size%cifar10 == 0, size > 0 && size%cifar100 == 0
	switch {
	case ten && hundred:
		return -1
	case ten:
		return cifar10
	case hundred:
		return cifar100
	}
	return 0
}

func openCIFAR(s *source, o ImageOptions) (pictures, error) {
	if o.Labels != "" {
		return nil, problemf(s.name, "a file of CIFAR holds its own labels; leave the file of labels out")
	}
	length := map[string]int{FormatCIFAR10: cifar10, FormatCIFAR100: cifar100}[o.Format]
	if length == 0 {
		length = cifarLength(s.size)
	}
	switch {
	case length < 0:
		return nil, problemf(s.name, "its %d bytes may be CIFAR-10 or CIFAR-100; say which by the format %q or %q", s.size, FormatCIFAR10, FormatCIFAR100)
	case length == 0 && s.size < 0:
		return nil, problemf(s.name, "what is packed in it has no magic number; if it is CIFAR, say so by the format %q or %q", FormatCIFAR10, FormatCIFAR100)
	case length == 0 || s.size >= 0 && s.size%int64(length) != 0:
		return nil, problemf(s.name, "its %d bytes are no whole number of records of CIFAR-10 (%d bytes) or CIFAR-100 (%d); it was cut short, or is something else",
			s.size, cifar10, cifar100)
	}
	p := &packedImages{source: s, format: ImageFormat{3, 32, 32}, rows: -1, lead: length - cifarSize, classAt: length - cifarSize - 1, classes: 10}
	switch {
	case length == cifar10 && o.Coarse:
		return nil, problemf(s.name, "coarse classes are those of CIFAR-100, and this is CIFAR-10")
	case length == cifar100 && o.Coarse:
		p.classAt, p.classes = 0, cifarCoarse
	case length == cifar100:
		p.classes = 100
	}
	p.names = numberNames(p.classes)
	return p, p.begin()
}

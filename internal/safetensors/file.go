package safetensors

import "slices"

// File is what a safetensors file holds.
type File struct {
	Metadata map[string]string // nil where the file has none
	Tensors  map[string]Tensor
}

// Names returns the names of the tensors in ascending order.
func (f File) Names() []string {
	names := make([]string, 0, len(f.Tensors))
	for name := range f.Tensors {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// metadataKey is the entry of the header that is no tensor.
const metadataKey = "__metadata__"

// maxHeader is the length beyond which a header is refused, as the format's reference implementation does. It also
// bounds the memory that a header costs before anything in it is checked.
const maxHeader = 100_000_000

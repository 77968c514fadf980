// Package safetensors reads and writes the safetensors file format: named arrays and string metadata, no code.
//
//	8 bytes       N, the length of the header, little-endian unsigned
//	N bytes       the header, a JSON object in UTF-8, padded with spaces
//	the rest      the bytes of the tensors, one after another
//
// The header maps each name to {"dtype": …, "shape": […], "data_offsets": [begin, end]}, offsets counted from the
// end of the header, and "__metadata__", where present, to an object of strings.
//
// The reader is strict: tensors must cover the bytes after the header without a gap or an overlap, no name may occur twice, and
// unknown fields and dtypes are refused. Whatever is wrong with a file is an error that wraps fault.ErrModel. No
// memory is asked for on the word of a length that was not checked against the size of the file.
//
// The writer is deterministic: equal Files give equal bytes.
package safetensors

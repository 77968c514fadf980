package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"diffeo/fault"
)

// Encode writes f. Names in the header are sorted, metadata first; the header is padded with spaces to a multiple of 8
// bytes; the data of wider elements come first, by name among equals, so that each tensor is aligned to its elements.
func Encode(w io.Writer, f File) error {
	names := f.Names()
	for _, name := range names {
		if err := checkText(name); err != nil || name == metadataKey {
			return fmt.Errorf("%w: a tensor cannot be named %.80q", fault.ErrModel, name)
		}
		if err := f.Tensors[name].Check(); err != nil {
			return fmt.Errorf("tensor %.80q: %w", name, err)
		}
	}
	for key, value := range f.Metadata {
		if err := cmp.Or(checkText(key), checkText(value)); err != nil {
			return fmt.Errorf("metadata %.80q: %w", key, err)
		}
	}
	order := slices.Clone(names)
	slices.SortStableFunc(order, func(a, b string) int {
		return cmp.Compare(elementSize[f.Tensors[b].DType], elementSize[f.Tensors[a].DType])
	})
	begin := make(map[string]int, len(order))
	var at int
	for _, name := range order {
		begin[name] = at
		at += len(f.Tensors[name].Data)
	}
	header, err := appendHeader(make([]byte, 8), f, names, begin)
	if err != nil {
		return err
	}
	for len(header)%8 != 0 {
		header = append(header, ' ')
	}
	if len(header)-8 > maxHeader {
		return fmt.Errorf("%w: a header of %d bytes is longer than the %d that are allowed", fault.ErrModel, len(header)-8, maxHeader)
	}
	binary.LittleEndian.PutUint64(header, uint64(len(header)-8))
	if _, err := w.Write(header); err != nil {
		return err
	}
	for _, name := range order {
		if _, err := w.Write(f.Tensors[name].Data); err != nil {
			return err
		}
	}
	return nil
}

func checkText(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("%w: %.80q is not valid UTF-8", fault.ErrModel, s)
	}
	return nil
}

// appendHeader writes the JSON by hand because the order of its fields is part of the promise of equal bytes.
func appendHeader(b []byte, f File, names []string, begin map[string]int) ([]byte, error) {
	b = append(b, '{')
	if len(f.Metadata) > 0 {
		m, err := marshal(f.Metadata) // maps are written with sorted keys
		if err != nil {
			return nil, err
		}
		b = fmt.Appendf(b, "%q:%s", metadataKey, m)
	}
	for _, name := range names {
		t := f.Tensors[name]
		key, err := marshal(name)
		if err != nil {
			return nil, err
		}
		shape, err := marshal(append([]int{}, t.Shape...))
		if err != nil {
			return nil, err
		}
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `%s:{"dtype":%q,"shape":%s,"data_offsets":[%d,%d]}`, key, t.DType, shape, begin[name], begin[name]+len(t.Data))
	}
	return append(b, '}'), nil
}

// marshal is json.Marshal without escapes for HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

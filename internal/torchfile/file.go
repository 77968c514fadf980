package torchfile

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"diffeo/fault"
)

// StateDict reads the tensors by name of a state dict that torch.save wrote. key says where it lies in the object: "" where it is the object
// itself, or the keys of the dicts around it with dots between them, such as "state_dict" of a trainer's checkpoint. Entries that are no
// tensors are returned as others, name by name with what they are. b must not change afterwards.
//
// Errors wrap fault.ErrModel: what is no such file, is damaged, holds code or names that a state dict has no use for, or has no dict at key; the last
// one says which keys have one.
func StateDict(b []byte, key string) (tensors map[string]Tensor, others map[string]string, err error) {
	object, err := decode(b)
	if err == nil {
		tensors, others, err = pick(object, key)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", fault.ErrModel, err)
	}
	return tensors, others, nil
}

// Is says whether a file begins as one that torch.save wrote.
func Is(b []byte) bool { return bytes.HasPrefix(b, []byte("PK\x03\x04")) || isLegacy(b) }

func decode(b []byte) (any, error) {
	switch {
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return readArchive(b)
	case isLegacy(b):
		return readLegacy(b)
	}
	return nil, fmt.Errorf("it is no file of torch.save: it begins neither as a zip archive nor as a pickle")
}

// pick walks to the dict and takes its tensors.
func pick(object any, key string) (map[string]Tensor, map[string]string, error) {
	d, ok := object.(*dict)
	if !ok {
		return nil, nil, fmt.Errorf("it holds %s, not a state dict", kindOf(object))
	}
	for path := key; path != ""; {
		name, rest, _ := strings.Cut(path, ".")
		inner, ok := d.values[name].(*dict)
		if whole, isWhole := d.values[path].(*dict); isWhole { // a key may have dots itself
			inner, ok, rest = whole, true, ""
		}
		if !ok {
			return nil, nil, fmt.Errorf("there is no dict at the key %q%s", name, choices(d))
		}
		d, path = inner, rest
	}
	tensors, others := map[string]Tensor{}, map[string]string{}
	for _, k := range d.keys {
		name, ok := k.(string)
		if !ok {
			return nil, nil, fmt.Errorf("a state dict with a key that is %s%s", kindOf(k), choices(d))
		}
		if t, ok := d.values[k].(Tensor); ok {
			tensors[name] = t
		} else {
			others[name] = kindOf(d.values[k])
		}
	}
	if len(tensors) == 0 {
		return nil, nil, fmt.Errorf("there is no tensor here%s", choices(d))
	}
	return tensors, others, nil
}

// choices names the keys of d that hold tensors.
func choices(d *dict) string {
	var names []string
	for _, k := range d.keys {
		name, isText := k.(string)
		inner, ok := d.values[k].(*dict)
		if !ok || !isText || len(names) == 8 {
			continue
		}
		if slices.ContainsFunc(inner.keys, func(k any) bool { _, ok := inner.values[k].(Tensor); return ok }) {
			names = append(names, fmt.Sprintf("%.60q", name))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; tensors are at the keys " + strings.Join(names, ", ")
}

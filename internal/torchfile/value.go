package torchfile

import "fmt"

// The values that a pickle builds are nil, bool, int64, float64, string, and these.
type (
	tuple []any

	// list is a pointer, because a pickle fills a list after it is stored.
	list struct{ items []any }

	// long is a whole number of more than 64 bits, as its bytes: only the legacy format's first word is one.
	long string

	// global is a name of a module, one of those in globals.go.
	global string
)

// dict keeps the order of its keys, which are strings, numbers, truth values or nil.
type dict struct {
	keys   []any
	values map[any]any // nil while there are none
}

// set stores a value. Keys of other kinds cannot be hashed, or are of no use here.
func (d *dict) set(key, value any) error {
	switch key.(type) {
	case nil, bool, int64, float64, string:
	default:
		return fmt.Errorf("a dict with a key that is %s", kindOf(key))
	}
	if d.values == nil {
		d.values = map[any]any{}
	}
	if _, ok := d.values[key]; !ok {
		d.keys = append(d.keys, key)
	}
	d.values[key] = value
	return nil
}

// kindOf names a kind of value for messages.
func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		return "a bool"
	case int64, long:
		return "an int"
	case float64:
		return "a float"
	case string:
		return "a string"
	case tuple:
		return "a tuple"
	case *list:
		return "a list"
	case *dict:
		return "a dict"
	case global:
		return string(v)
	case *storage:
		return "a storage"
	case Tensor:
		return "a tensor"
	}
	return "a mark"
}

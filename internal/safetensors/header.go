package safetensors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"diffeo/fault"
)

// entry is one tensor as the header describes it.
type entry struct {
	name       string
	dtype      string
	shape      []int
	begin, end int64
}

// parseHeader reads the JSON header. It walks over tokens instead of filling a struct, because encoding/json lets
// names occur twice, ignores case, and drops unknown fields.
func parseHeader(b []byte) (metadata map[string]string, entries []entry, err error) {
	if len(b) == 0 || b[0] != '{' {
		return nil, nil, fmt.Errorf("%w: the header does not begin with {: this is not a safetensors file", fault.ErrModel)
	}
	if !utf8.Valid(b) {
		return nil, nil, fmt.Errorf("%w: the header is not valid UTF-8", fault.ErrModel)
	}
	p := &parser{json.NewDecoder(bytes.NewReader(b))}
	p.dec.UseNumber()
	err = p.object(func(name string) error {
		if name == metadataKey {
			metadata = map[string]string{}
			return within(name, p.object(func(key string) error {
				s, err := p.text()
				metadata[key] = s
				return err
			}))
		}
		e, err := p.entry(name)
		entries = append(entries, e)
		return within(name, err)
	})
	if err == nil {
		if _, e := p.dec.Token(); e != io.EOF {
			err = errors.New("something follows the closing }")
		}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%w: header: %w", fault.ErrModel, err)
	}
	return metadata, entries, nil
}

func within(name string, err error) error {
	if err != nil {
		return fmt.Errorf("%.80q: %w", name, err)
	}
	return nil
}

type parser struct{ dec *json.Decoder }

func (p *parser) token() (json.Token, error) {
	t, err := p.dec.Token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return t, err
}

func (p *parser) delim(want json.Delim) error {
	t, err := p.token()
	if err == nil && t != want {
		err = fmt.Errorf("%v where %v is needed", t, want)
	}
	return err
}

// object reads an object and calls f at the value of each key. A key that occurs twice is an error.
func (p *parser) object(f func(key string) error) error {
	if err := p.delim('{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	for p.dec.More() {
		t, err := p.token()
		if err != nil {
			return err
		}
		key, ok := t.(string)
		if !ok {
			return fmt.Errorf("%v where a name is needed", t)
		}
		if seen[key] {
			return fmt.Errorf("%.80q occurs twice", key)
		}
		seen[key] = true
		if err := f(key); err != nil {
			return err
		}
	}
	return p.delim('}')
}

func (p *parser) text() (string, error) {
	t, err := p.token()
	if err != nil {
		return "", err
	}
	s, ok := t.(string)
	if !ok {
		return "", fmt.Errorf("%v where a string is needed", t)
	}
	return s, nil
}

// integers reads an array of whole numbers that are not negative.
func (p *parser) integers() ([]int64, error) {
	if err := p.delim('['); err != nil {
		return nil, err
	}
	out := []int64{}
	for p.dec.More() {
		t, err := p.token()
		if err != nil {
			return nil, err
		}
		n, ok := t.(json.Number)
		i, err := strconv.ParseInt(n.String(), 10, strconv.IntSize)
		if !ok || err != nil || i < 0 {
			return nil, fmt.Errorf("%v where a whole number, not negative, is needed", t)
		}
		out = append(out, i)
	}
	return out, p.delim(']')
}

func (p *parser) entry(name string) (entry, error) {
	e := entry{name: name}
	var fields int
	err := p.object(func(key string) (err error) {
		fields++
		switch key {
		case "dtype":
			e.dtype, err = p.text()
		case "shape":
			var dims []int64
			dims, err = p.integers()
			e.shape = make([]int, len(dims))
			for i, d := range dims {
				e.shape[i] = int(d)
			}
		case "data_offsets":
			var at []int64
			at, err = p.integers()
			if err == nil && len(at) != 2 {
				err = fmt.Errorf("%d numbers, not begin and end", len(at))
			}
			if err == nil {
				e.begin, e.end = at[0], at[1]
			}
		default:
			err = errors.New("unknown field")
		}
		return within(key, err)
	})
	if err == nil && fields != 3 {
		err = errors.New("dtype, shape and data_offsets are needed")
	}
	return e, err
}

package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"diffeo/fault"
	"diffeo/internal/atomicfile"
	"diffeo/internal/safetensors"
)

// Write writes the model file. Errors wrap fault.ErrModel where the model contradicts itself, or holds a weight that its precision
// cannot.
func (m *Model) Write(w io.Writer) error {
	b, err := m.encode()
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

// Save writes the model to a file, which is whole or not there: on an error an old one survives.
func (m *Model) Save(path string) error {
	b, err := m.encode()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// CanSave reports whether a file could be written at path now, so that a long training need not find out at its end. It leaves no
// trace.
func CanSave(path string) error {
	f, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	f.Abort()
	return nil
}

func (m *Model) encode() ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	var config bytes.Buffer
	if err := json.Compact(&config, m.Config); err != nil {
		return nil, fmt.Errorf("%w: the configuration is not JSON: %w", fault.ErrModel, err)
	}
	columns, context := listOf(m.Columns), listOf(m.Context)
	if m.Image != nil {
		columns, context = listOf(nil), listOf(nil)
	}
	meta := metadata{m.Recipe, config.Bytes(), m.Precision, columns, context, m.Image, m.Noise, m.Seed, m.Training}
	text, err := marshal(meta)
	if err != nil {
		return nil, fmt.Errorf("%w: metadata: %w", fault.ErrModel, err)
	}
	version, _ := versionOf(meta)
	file := safetensors.File{
		Metadata: map[string]string{keyFormat: format, keyVersion: version, keyModel: text, keyChecksum: noChecksum},
		Tensors:  map[string]safetensors.Tensor{},
	}
	specs, err := m.specs()
	if err != nil {
		return nil, err
	}
	for _, s := range specs {
		t, err := m.tensor(s.Name, s.Shape)
		if err != nil {
			return nil, fmt.Errorf("parameter %q: %w", s.Name, err)
		}
		file.Tensors[s.Name] = t
	}
	var b bytes.Buffer
	if err := safetensors.Encode(&b, file); err != nil {
		return nil, err
	}
	return b.Bytes(), seal(b.Bytes())
}

// tensor is a parameter in the model's precision. float32 weights are held exactly by float64, so nothing is rounded unless somebody
// put other numbers in.
func (m *Model) tensor(name string, shape []int) (safetensors.Tensor, error) {
	values := m.Params.Data(name)
	for i, x := range values {
		if x-x != 0 {
			return safetensors.Tensor{}, fmt.Errorf("%w: %v at position %d", fault.ErrModel, x, i)
		}
	}
	if m.Precision == Float64 {
		return safetensors.FromFloat64(values, shape...)
	}
	single := make([]float32, len(values))
	for i, x := range values {
		single[i] = float32(x)
		if s := single[i]; s-s != 0 {
			return safetensors.Tensor{}, fmt.Errorf("%w: %v at position %d is beyond float32", fault.ErrModel, x, i)
		}
	}
	return safetensors.FromFloat32(single, shape...)
}

// marshal is json.Marshal without escapes for HTML.
func marshal(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), err
}

// listOf makes an empty list of none, so that equal models give equal bytes.
func listOf(c []Column) []Column { return append([]Column{}, c...) }

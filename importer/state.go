package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"diffeo/fault"
	"diffeo/internal/safetensors"
	"diffeo/internal/torchfile"
)

// Tensor is an array of numbers.
type Tensor interface {
	Shape() []int
	DType() string       // the number type, as PyTorch calls it
	Float64s() []float64 // row-major; truth values are 0 and 1
}

// State is the parameters of a trained flow by name. It remembers what was read from it, and is not safe for concurrent use.
type State struct {
	tensors map[string]Tensor
	others  map[string]string // entries that are no tensors: what they are
	values  map[string][]float64
}

// NewState makes a State of tensors.
func NewState(tensors map[string]Tensor) *State {
	return &State{tensors: tensors, others: map[string]string{}, values: map[string][]float64{}}
}

// Options say where in a file the parameters are.
type Options struct {
	Key    string // of the state dict inside a checkpoint, such as "state_dict"; "": the file holds nothing else
	Prefix string // that all names have, such as "model."; what has another name is left out
}

// Load reads a checkpoint: a file of torch.save with a state dict, or a safetensors file. Nothing in it is run. Errors wrap fault.ErrModel.
func Load(path string, o Options) (*State, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s: there is no such file; check the path: %w", fault.ErrModel, path, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", fault.ErrModel, err)
	}
	s, err := Read(b, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// Read is Load for a file in memory, which must not change afterwards.
func Read(b []byte, o Options) (*State, error) {
	s := NewState(map[string]Tensor{})
	if bytes.HasPrefix(b[min(8, len(b)):], []byte("{")) && !torchfile.Is(b) {
		file, err := safetensors.Decode(b)
		if err != nil {
			return nil, err
		}
		if o.Key != "" {
			return nil, fmt.Errorf("%w: a safetensors file has no dicts inside: leave out the key %q", fault.ErrModel, o.Key)
		}
		for name, t := range file.Tensors {
			s.tensors[name] = plain{t}
		}
	} else {
		tensors, others, err := torchfile.StateDict(b, o.Key)
		if err != nil {
			return nil, err
		}
		for name, t := range tensors {
			s.tensors[name] = t
		}
		s.others = others
	}
	return s.behind(o.Prefix)
}

// behind takes the names with a prefix, without it.
func (s *State) behind(prefix string) (*State, error) {
	if prefix == "" {
		return s, nil
	}
	out := NewState(map[string]Tensor{})
	for name, t := range s.tensors {
		if short, ok := strings.CutPrefix(name, prefix); ok {
			out.tensors[short] = t
		}
	}
	if len(out.tensors) == 0 {
		names := s.Names()
		return nil, fmt.Errorf("%w: no parameter has a name that begins with %q; the first are %q", fault.ErrModel, prefix, names[:min(3, len(names))])
	}
	for name, kind := range s.others {
		if short, ok := strings.CutPrefix(name, prefix); ok {
			out.others[short] = kind
		}
	}
	return out, nil
}

// Names lists the parameters.
func (s *State) Names() []string { return slices.Sorted(maps.Keys(s.tensors)) }

// Shape is that of a parameter; ok tells whether there is one of that name.
func (s *State) Shape(name string) (shape []int, ok bool) {
	t, ok := s.tensors[name]
	if !ok {
		return nil, false
	}
	return t.Shape(), true
}

// Values are the elements of a parameter, row-major; nil if there is none of that name.
func (s *State) Values(name string) []float64 {
	v, known := s.values[name]
	if t, ok := s.tensors[name]; ok && !known {
		v = t.Float64s()
		s.values[name] = v
	}
	return v
}

// Double tells whether a parameter is stored in more than float32 holds.
func (s *State) Double() bool {
	for _, t := range s.tensors {
		if t.DType() == "float64" {
			return true
		}
	}
	return false
}

// plain is a tensor of a safetensors file, whose numbers have another name for each type.
type plain struct{ t safetensors.Tensor }

// dtypes is the table of the format's names of number types.
var dtypes = map[string]string{
	safetensors.F64: "float64", safetensors.F32: "float32", safetensors.I64: "int64", safetensors.I32: "int32", safetensors.U8: "uint8",
	safetensors.Bool: "bool",
}

func (p plain) Shape() []int  { return p.t.Shape }
func (p plain) DType() string { return dtypes[p.t.DType] }

// Float64s reads a tensor that was checked when the file was.
func (p plain) Float64s() []float64 {
	switch p.t.DType {
	case safetensors.Bool:
		out := make([]float64, p.t.Len())
		for i, b := range p.t.Data {
			if b != 0 {
				out[i] = 1
			}
		}
		return out
	case safetensors.F64, safetensors.F32:
		v, _ := p.t.Float64s()
		return v
	}
	v, _ := p.t.Int64s()
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = float64(x)
	}
	return out
}

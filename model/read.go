package model

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"diffeo/fault"
	"diffeo/internal/safetensors"
	"diffeo/param"
)

// Load reads a model file. Errors wrap fault.ErrModel and say what is wrong and where: not a model file, an unknown version, a checksum
// that does not match, an unknown recipe (see With), tensors that are missing, superfluous, of the wrong shape or not
// finite. A file that is not there is an error of package fs as well.
func Load(path string, o ...Option) (*Model, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %s: there is no such file; check the path: %w", fault.ErrModel, path, fs.ErrNotExist)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", fault.ErrModel, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: %s is not a regular file", fault.ErrModel, path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", fault.ErrModel, err)
	}
	m, err := decode(b, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// Read reads a model from a stream, to its end.
func Read(r io.Reader, o ...Option) (*Model, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", fault.ErrModel, err)
	}
	return decode(b, o)
}

func decode(b []byte, list []Option) (*Model, error) {
	o := options{standard(len(b))}
	for _, f := range list {
		f(&o)
	}
	file, err := safetensors.Decode(b)
	if err != nil {
		return nil, err
	}
	if file.Metadata[keyFormat] != format {
		return nil, fmt.Errorf("%w: it is a safetensors file, but not a model of diffeo", fault.ErrModel)
	}
	stated := file.Metadata[keyVersion]
	if !slices.Contains([]string{version1, version2, version3, version4, version5, version6, version7, version8}, stated) {
		return nil, fmt.Errorf("%w: it has format version %.20q, this program reads versions %s to %s; use a newer program, or write the file with an older one",
			fault.ErrModel, stated, version1, newest)
	}
	if err := verify(b, file.Metadata[keyChecksum]); err != nil {
		return nil, err
	}
	for key := range file.Metadata {
		if !slices.Contains([]string{keyFormat, keyVersion, keyModel, keyChecksum}, key) {
			return nil, fmt.Errorf("%w: unknown metadata %.40q", fault.ErrModel, key)
		}
	}
	var meta metadata
	if err := strict([]byte(file.Metadata[keyModel]), &meta); err != nil {
		return nil, fmt.Errorf("%w: metadata: %w", fault.ErrModel, err)
	}
	// The training of files that say version 1 or 2 may hold what version 3 is for: they were written before there was one. It misleads nobody.
	needs := meta
	needs.Training = Training{Reference: meta.Training.Reference, Noise: meta.Training.Noise}
	v, why := versionOf(needs)
	if recipeVersion, _ := versionOf(metadata{Recipe: meta.Recipe}); stated < recipeVersion {
		return nil, fmt.Errorf("%w: it says format version %s, and weights of the recipe %s meant another density before version %s: fit it again", fault.ErrModel, stated, meta.Recipe, recipeVersion)
	}
	if stated < v {
		return nil, fmt.Errorf("%w: it says format version %s, %s, which came with version %s", fault.ErrModel, stated, why, v)
	}
	build, ok := o.recipes[meta.Recipe]
	if !ok {
		return nil, fmt.Errorf("%w: the recipe %.60q is not known; one of your own has to be given when loading", fault.ErrModel, meta.Recipe)
	}
	m := &Model{
		Recipe: meta.Recipe, Config: meta.Config, Precision: meta.Precision,
		Columns: meta.Columns, Context: meta.Context, Image: meta.Image, Noise: meta.Noise, Seed: meta.Seed, Training: meta.Training,
	}
	if p := meta.Image; p != nil {
		if len(m.Columns)+len(m.Context) > 0 {
			return nil, fmt.Errorf("%w: it is of pictures and names columns beside", fault.ErrModel)
		}
		if err := p.check(); err != nil { // before there are columns
			return nil, err
		}
		m.Columns, m.Context = p.columns(), p.context()
	}
	if meta.Noise != nil {
		if err := Affordable(meta.Noise.weights(len(m.Columns)+len(m.Context)), len(b)); err != nil {
			return nil, fmt.Errorf("%w: noise: %w", fault.ErrModel, err)
		}
	}
	if m.Flow, err = build(meta.Config); err != nil {
		return nil, fmt.Errorf("%w: recipe %q: %w", fault.ErrModel, meta.Recipe, err)
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	return m, m.fill(file)
}

// fill takes the weights.
func (m *Model) fill(file safetensors.File) error {
	specs, err := m.specs()
	if err != nil {
		return err
	}
	dtype := map[string]string{Float32: safetensors.F32, Float64: safetensors.F64}[m.Precision]
	for _, s := range specs { // before any memory is asked for
		t, ok := file.Tensors[s.Name]
		switch {
		case !ok:
			return fmt.Errorf("%w: the tensor %q is missing", fault.ErrModel, s.Name)
		case t.DType != dtype || !slices.Equal(t.Shape, []int(s.Shape)):
			return fmt.Errorf("%w: the tensor %q is %s%v, the recipe needs %s%v", fault.ErrModel, s.Name, t.DType, t.Shape, dtype, []int(s.Shape))
		}
	}
	if len(file.Tensors) != len(specs) {
		for _, name := range file.Names() {
			if !slices.ContainsFunc(specs, func(s param.Spec) bool { return s.Name == name }) {
				return fmt.Errorf("%w: the tensor %.80q belongs to nothing in the recipe", fault.ErrModel, name)
			}
		}
	}
	m.Params = param.New(specs, m.Seed)
	for _, s := range specs {
		values, err := file.Tensors[s.Name].Float64s()
		if err == nil {
			err = m.Params.Assign(s.Name, values)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", fault.ErrModel, err)
		}
	}
	return nil
}

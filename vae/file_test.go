package vae

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"diffeo"
	"diffeo/fault"
	"diffeo/matrix"
	"diffeo/model"
	"diffeo/recipe"
)

// described has a part of every kind.
func described() Description {
	return Description{
		Columns: 4, Latent: 3, Likelihood: Bernoulli01, Encoder: []int{8, 6}, Decoder: []int{7}, Activation: "tanh",
		Posterior: &Part{Recipe: "sylvester", Config: recipe.Config{Transforms: 2, Hidden: []int{5}}, Turned: true},
		Prior:     &Part{Recipe: "realnvp", Config: recipe.Config{Transforms: 2, Hidden: []int{5}}},
	}
}

// What is loaded says of rows what was saved.
func TestSaveAndLoad(t *testing.T) {
	for name, change := range map[string]func(*Description){
		"flows":     func(*Description) {},
		"Gaussians": func(d *Description) { d.Posterior, d.Prior, d.Likelihood = nil, nil, Normal },
	} {
		d := described()
		change(&d)
		a, err := d.Autoencoder()
		must(t, err)
		params := moved(t, a, 0.2)
		path := filepath.Join(t.TempDir(), "a.safetensors")
		must(t, Save(path, d, params, model.Float64))
		e, loaded, err := Load(path)
		must(t, err)
		b, err := e.Autoencoder()
		must(t, err)
		x := matrix.New[float64](3, 4)
		copy(x.Data, bits)
		got, want := make([]float64, 3), make([]float64, 3)
		must(t, compiled(t, a, params).Bound(t.Context(), diffeo.Draw{Seed: 1}, 4, x, want))
		must(t, compiled(t, b, loaded).Bound(t.Context(), diffeo.Draw{Seed: 1}, 4, x, got))
		if !slices.Equal(got, want) {
			t.Errorf("%s: bounds of %v, when saved %v", name, got, want)
		}
		again := filepath.Join(t.TempDir(), "b.safetensors")
		must(t, Save(again, e, loaded, model.Float64))
		if first, second := read(t, path), read(t, again); first != second {
			t.Errorf("%s: saved again the file differs", name)
		}
		if _, err := model.Load(path); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), RecipeName) {
			t.Errorf("%s: as a flow: %v", name, err)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return string(b)
}

func TestLoadRefuses(t *testing.T) {
	d := described()
	a, err := d.Autoencoder()
	must(t, err)
	path := filepath.Join(t.TempDir(), "a.safetensors")
	must(t, Save(path, d, moved(t, a, 0.2), model.Float32))
	text := read(t, path)
	if _, _, err := Load(path + "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	must(t, os.WriteFile(path, []byte(text[:len(text)-1]+"\x01"), 0o644))
	if _, _, err := Load(path); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), "checksum") {
		t.Error(err)
	}
	m, err := model.New("maf", recipe.Config{}, []model.Column{{Name: "a", Std: 1}, {Name: "b", Std: 1}}, nil, model.Float32, 1)
	must(t, err)
	must(t, m.Save(path))
	if _, _, err := Load(path); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), "maf") {
		t.Error(err)
	}
	other := d
	other.Decoder = []int{9}
	b, err := other.Autoencoder()
	must(t, err)
	if err := Save(path, d, moved(t, b, 0.2), model.Float32); !errors.Is(err, fault.ErrShape) {
		t.Error(err)
	}
}

// A few bytes cannot ask for any amount of memory.
func TestModest(t *testing.T) {
	must(t, described().modest(10000))
	for name, change := range map[string]func(*Description){
		"columns":   func(d *Description) { d.Columns = 1 << 40 },
		"encoder":   func(d *Description) { d.Encoder = []int{1 << 20, 1 << 20} },
		"decoder":   func(d *Description) { d.Decoder = []int{1 << 20, 1 << 20} },
		"latent":    func(d *Description) { d.Latent = 1 << 30 },
		"posterior": func(d *Description) { d.Posterior.Config.Transforms = 1 << 30 },
		"prior":     func(d *Description) { d.Prior.Config.Hidden = []int{1 << 30} },
	} {
		d := described()
		change(&d)
		if err := d.modest(10000); !errors.Is(err, fault.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDescriptionRefuses(t *testing.T) {
	for name, change := range map[string]func(*Description){
		"no columns":           func(d *Description) { d.Columns = 0 },
		"no latent columns":    func(d *Description) { d.Latent = -1 },
		"no encoder":           func(d *Description) { d.Encoder = nil },
		"a layer of nothing":   func(d *Description) { d.Encoder = []int{0} },
		"activation":           func(d *Description) { d.Activation = "step" },
		"likelihood":           func(d *Description) { d.Likelihood = "" },
		"recipe":               func(d *Description) { d.Posterior.Recipe = "sylvestre" },
		"other columns":        func(d *Description) { d.Prior.Config.Dim = 4 },
		"other context":        func(d *Description) { d.Posterior.Config.Context = 4 },
		"a prior of a context": func(d *Description) { d.Prior.Config.Context = 4 },
	} {
		d := described()
		change(&d)
		if _, err := d.Autoencoder(); !errors.Is(err, fault.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

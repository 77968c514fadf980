package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"diffeo/fault"
	"diffeo/importer"
	"diffeo/model"
)

const importHelp = `Make a model of a flow that was trained with zuko, nflows or normflows. FILE is what torch.save(flow.state_dict(), FILE) wrote, or the
same as a safetensors file. It is read without running anything in it: a file that holds more than numbers and names is refused.

A state dict does not say what is computed with it. The specification does: a JSON file with the class and its constructor arguments,
  {"flow": "NSF", "features": 2, "transforms": 3, "bins": 8, "hidden_features": [32, 32]}
  {"flow": "MaskedAutoregressiveFlow", "features": 4, "hidden_features": 24, "num_layers": 3, "num_blocks_per_layer": 2}
or, for flows put together by hand, the list of their parts with the arguments of each. docs/import.md lists what can be imported. Orders,
masks and permutations are taken from FILE. Every parameter must have its place and its shape; what does not fit is named.

The specification may name the columns, and the mean and deviation that they were standardized with before training:
  "columns": [{"name": "x", "mean": 0.5, "std": 2}, …], "context_columns": […]
Without names they are c0, c1, …, and those of the context given0, given1, ….

The weights are kept as they are. Scores are computed in float64 unless --precision says float32.`

// importing is the options of import.
type importing struct {
	*environment
	file, from, spec, out, precision string
	options                          importer.Options
	json                             bool
}

func newImport(e *environment) *cobra.Command {
	i := &importing{environment: e}
	c := &cobra.Command{
		Use:   "import FILE --from LIBRARY --spec FILE --out MODEL",
		Short: "make a model of a checkpoint of another library",
		Long:  importHelp,
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			i.file = args[0]
			return i.run()
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&i.from, "from", "", "library: "+strings.Join(importer.Libraries(), ", "))
	flags.StringVar(&i.spec, "spec", "", "JSON file with the class and its constructor arguments")
	flags.StringVar(&i.out, "out", "", "model file to write")
	flags.StringVar(&i.options.Key, "key", "", "where the state dict is in FILE, if there is more in it, such as model.state_dict")
	flags.StringVar(&i.options.Prefix, "prefix", "", "of the names of the flow's parameters; others are left out")
	flags.StringVar(&i.precision, "precision", model.Float64, "of the weights and of what is computed with them: float64 or float32")
	flags.BoolVar(&i.json, "json", false, "print what was imported as JSON, as info does")
	for _, name := range []string{"from", "spec", "out"} {
		_ = c.MarkFlagRequired(name) // they are defined above
	}
	return c
}

func (i *importing) run() error {
	if i.precision != model.Float32 && i.precision != model.Float64 {
		return usagef("--precision %q is neither %s nor %s", i.precision, model.Float32, model.Float64)
	}
	spec, err := os.ReadFile(i.spec)
	if errors.Is(err, fs.ErrNotExist) {
		return usagef("%s: there is no such file; --spec names a JSON file", i.spec)
	}
	if err != nil {
		return err
	}
	if err := model.CanSave(i.out); err != nil {
		return err
	}
	state, err := importer.Load(i.file, i.options)
	if err != nil {
		return err
	}
	f, err := importer.New(i.from, spec, state)
	if err != nil {
		where := i.spec
		if errors.Is(err, fault.ErrModel) {
			where = i.file
		}
		return fmt.Errorf("%s: %w", where, err)
	}
	m, err := model.FromLayers(f.Layers, named(f.Columns, f.Layers.Dim, "c"), named(f.Context, f.Layers.Context, "given"), i.precision)
	if err != nil {
		return fmt.Errorf("%s: %w", i.spec, err)
	}
	if err := f.Fill(m.Params); err != nil {
		return fmt.Errorf("%s: %w", i.file, err)
	}
	if err := m.Save(i.out); err != nil {
		return err
	}
	if i.json {
		return i.printJSON(describe(m))
	}
	return i.print(fmt.Sprintf("%d layers, %d parameters, columns %v, context %v, written to %s\n",
		len(f.Layers.Layers), m.Params.Count(), model.Names(m.Columns), model.Names(m.Context), i.out))
}

// named is the columns of the specification, or n of them without preprocessing called prefix0, prefix1, ….
func named(columns []importer.Column, n int, prefix string) []model.Column {
	var out []model.Column
	for i := range n {
		if columns == nil {
			out = append(out, model.Column{Name: fmt.Sprint(prefix, i), Std: 1})
		} else {
			out = append(out, model.Column{Name: columns[i].Name, Mean: columns[i].Mean, Std: columns[i].Std})
		}
	}
	return out
}

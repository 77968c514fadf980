package importer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"diffeo/fault"
	"diffeo/nn"
)

// Column is a column of the data or of the condition as a specification describes it: z = (x − Mean)/Std is what the flow was trained on.
type Column struct {
	Name string
	Mean float64
	Std  float64
}

// object is a JSON object whose fields are read one by one.
type object map[string]json.RawMessage

// parse reads a JSON object with nothing behind it.
func parse(text []byte) (object, error) {
	var o object
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&o); err != nil {
		return nil, fmt.Errorf("%w: it is no JSON object: %w", fault.ErrConfig, err)
	}
	if _, err := d.Token(); err != io.EOF || o == nil {
		return nil, fmt.Errorf("%w: it is no JSON object, or something follows it", fault.ErrConfig)
	}
	return o, nil
}

// take removes a field and decodes it; without the field to stays as it is.
func (o object) take(field string, to any) error {
	text, ok := o[field]
	delete(o, field)
	if !ok {
		return nil
	}
	if err := strict(text, to); err != nil {
		return fmt.Errorf("%w: %q: %w", fault.ErrConfig, field, err)
	}
	return nil
}

// named takes the field that says which class an object is of, without the modules before its name.
func (o object) named(field string) (string, error) {
	var name string
	if err := o.take(field, &name); err != nil {
		return "", err
	}
	if name == "" {
		return "", fmt.Errorf("%w: %q is missing: the name of the class", fault.ErrConfig, field)
	}
	return name[strings.LastIndex(name, ".")+1:], nil
}

// arguments decodes what is left into a struct of a class's arguments, whose defaults stand in it. An argument that it does not know is refused.
func (o object) arguments(class string, to any) error {
	var fields []string
	for f := range reflect.TypeOf(to).Elem().Fields() {
		fields = append(fields, f.Tag.Get("json"))
	}
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if !slices.Contains(fields, name) {
			return fmt.Errorf("%w: %s: the argument %q is not known; those that can be imported are %s", fault.ErrConfig, class, name, strings.Join(fields, ", "))
		}
	}
	for _, name := range fields {
		if err := o.take(name, reflect.ValueOf(to).Elem().Field(slices.Index(fields, name)).Addr().Interface()); err != nil {
			return fmt.Errorf("%s: %w", class, err)
		}
	}
	return nil
}

// foreign refuses arguments that only another class has; of maps them to it.
func (o object) foreign(class string, of map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(of)) {
		if o[name] != nil && of[name] != class {
			return fmt.Errorf("%w: %s has no argument %q; %s has it", fault.ErrConfig, class, name, of[name])
		}
	}
	return nil
}

// strict decodes JSON without unknown fields.
func strict(text []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(to)
}

// columns takes the names, means and deviations of columns, n of them; without the field they are called prefix0, prefix1, ….
func (o object) columns(field string) ([]Column, error) {
	var list []struct {
		Name string   `json:"name"`
		Mean float64  `json:"mean"`
		Std  *float64 `json:"std"`
	}
	if err := o.take(field, &list); err != nil {
		return nil, err
	}
	var out []Column
	for _, c := range list {
		col := Column{c.Name, c.Mean, 1}
		if c.Std != nil {
			col.Std = *c.Std
		}
		out = append(out, col)
	}
	return out, nil
}

// activation is our name of an activation of PyTorch, given as a module, a function or a name: "torch.nn.ReLU", "F.relu", "relu".
type activation string

// UnmarshalJSON implements json.Unmarshaler.
func (a *activation) UnmarshalJSON(b []byte) error {
	var name string
	if string(b) == "null" {
		return nil
	}
	if err := json.Unmarshal(b, &name); err != nil {
		return err
	}
	short := strings.ToLower(strings.TrimSuffix(name[strings.LastIndex(name, ".")+1:], "()"))
	if !slices.Contains(nn.Activations(), short) {
		return fmt.Errorf("the activation %q cannot be imported; those that can are %s", name, strings.Join(nn.Activations(), ", "))
	}
	*a = activation(short)
	return nil
}

// ignored is an argument that changes nothing in a trained flow: how it begins, dropout, what is drawn at random and stored in the file.
type ignored struct{}

// UnmarshalJSON implements json.Unmarshaler.
func (*ignored) UnmarshalJSON([]byte) error { return nil }

// refused is an argument that is not supported unless it has its default: false, null or 0.
type refused struct{}

// UnmarshalJSON implements json.Unmarshaler.
func (*refused) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case "false", "null", "0", "0.0":
		return nil
	}
	return fmt.Errorf("%s cannot be imported", b)
}

package torchfile

import "fmt"

// elements is the table of storage types: the name in a pickle, and the number type that its elements have.
var elements = map[global]string{
	"torch.DoubleStorage":   "float64",
	"torch.FloatStorage":    "float32",
	"torch.HalfStorage":     "float16",
	"torch.BFloat16Storage": "bfloat16",
	"torch.LongStorage":     "int64",
	"torch.IntStorage":      "int32",
	"torch.ShortStorage":    "int16",
	"torch.CharStorage":     "int8",
	"torch.ByteStorage":     "uint8",
	"torch.BoolStorage":     "bool",
}

// calls is the table of the names that a pickle may call, and what is done instead of calling them.
var calls = map[global]func(args tuple) (any, error){
	"collections.OrderedDict":         orderedDict,
	"torch._utils._rebuild_tensor":    rebuildTensor,
	"torch._utils._rebuild_tensor_v2": rebuildTensor,
	"torch._utils._rebuild_parameter": rebuildParameter,
	"torch.Size":                      size,
}

// dtypes are names that stand for themselves: they are found in dicts beside tensors.
var dtypes = map[global]bool{
	"torch.float64": true, "torch.float32": true, "torch.float16": true, "torch.bfloat16": true, "torch.int64": true, "torch.int32": true,
	"torch.int16": true, "torch.int8": true, "torch.uint8": true, "torch.bool": true,
}

// known reports a name that no state dict needs.
func known(name global) error {
	_, isStorage := elements[name]
	_, isCall := calls[name]
	if isStorage || isCall || dtypes[name] {
		return nil
	}
	return fmt.Errorf("it names %.100q, which a state dict has no use for; nothing of it was run. Save the model's parameters alone: torch.save(model.state_dict(), file)", name)
}

// orderedDict makes a dict of nothing or of a list of pairs.
func orderedDict(args tuple) (any, error) {
	d := &dict{}
	if len(args) == 0 {
		return d, nil
	}
	pairs, ok := args[0].(*list)
	if !ok || len(args) > 1 {
		return nil, fmt.Errorf("an OrderedDict of %d arguments", len(args))
	}
	for _, p := range pairs.items {
		pair, ok := p.(tuple)
		if l, isList := p.(*list); isList {
			pair, ok = l.items, true
		}
		if !ok || len(pair) != 2 {
			return nil, fmt.Errorf("an OrderedDict of what are no pairs")
		}
		if err := d.set(pair[0], pair[1]); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// rebuildTensor takes storage, offset, size and stride. What may follow (requires_grad, hooks, metadata) is for training.
func rebuildTensor(args tuple) (any, error) {
	if len(args) < 4 || len(args) > 7 {
		return nil, fmt.Errorf("a tensor of %d arguments", len(args))
	}
	s, ok := args[0].(*storage)
	offset, whole := args[1].(int64)
	shape, sized := integers(args[2])
	strides, strided := integers(args[3])
	if !ok || !whole || !sized || !strided {
		return nil, fmt.Errorf("a tensor of %s, %s, %s and %s", kindOf(args[0]), kindOf(args[1]), kindOf(args[2]), kindOf(args[3]))
	}
	return newTensor(s, offset, shape, strides)
}

// rebuildParameter takes the tensor and leaves requires_grad and hooks.
func rebuildParameter(args tuple) (any, error) {
	if len(args) > 0 {
		if t, ok := args[0].(Tensor); ok {
			return t, nil
		}
	}
	return nil, fmt.Errorf("a parameter that is no tensor")
}

func size(args tuple) (any, error) {
	if len(args) == 1 {
		switch v := args[0].(type) {
		case tuple:
			return v, nil
		case *list:
			return tuple(v.items), nil
		}
	}
	return nil, fmt.Errorf("a size of %d arguments", len(args))
}

// integers are the elements of a tuple or list of whole numbers.
func integers(v any) ([]int64, bool) {
	items, ok := v.(tuple)
	if l, isList := v.(*list); isList {
		items, ok = l.items, true
	}
	if !ok {
		return nil, false
	}
	out := make([]int64, len(items))
	for i, x := range items {
		if out[i], ok = x.(int64); !ok {
			return nil, false
		}
	}
	return out, true
}

package graph

// OpAfter is In[0], a value that is not to be had before all other operands are known. An engine that writes ops one after the other need only keep it
// apart from In[0]: what is computed from it is not what was computed before.
const OpAfter Op = "after"

// Recompute is forward(in), of which a derivative keeps nothing but in: when the gradient of the results arrives, forward is computed once more, and
// differentiated there. Memory then grows with the inputs of a chain's parts instead of with all that they compute, for one more forward pass
// (Chen et al., arXiv 1604.06174). Values that forward captures, weights among them, are differentiated as usual. Forward must not make updates.
func Recompute(name string, in []Value, forward func(in []Value) []Value) []Value {
	return Custom(name, in, forward, func(c CustomCall) (in, captured []Value) {
		in, captured = make([]Value, len(c.In)), make([]Value, len(c.Captured))
		late := make([]Value, len(c.In))
		for i, v := range c.In {
			late[i] = After(v, c.Grad...)
		}
		var wrt []Value
		var to []*Value
		for i, needed := range c.NeedIn {
			if needed {
				wrt, to = append(wrt, late[i]), append(to, &in[i])
			}
		}
		for i, needed := range c.NeedCaptured {
			if needed {
				wrt, to = append(wrt, c.Captured[i]), append(to, &captured[i])
			}
		}
		for i, g := range VJP(forward(late), c.Grad, wrt) {
			*to[i] = g
		}
		return in, captured
	})
}

// After is a per-row float x, known when those of others are that are per row; values that are not valid are left out, and any other x is itself.
func After(x Value, others ...Value) Value {
	if !x.PerRow() || x.Type().DType != Float {
		return x
	}
	in := []Value{x}
	for _, v := range others {
		if v.Valid() && v.PerRow() {
			in = append(in, v)
		}
	}
	if len(in) == 1 {
		return x
	}
	return builderOf(in...).node(OpAfter, nil, in, x.Type()).Result(0)
}

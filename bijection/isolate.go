package bijection

import "diffeo/graph"

// isolate writes f(in) so that a derivative taken inside f sees the inputs as independent variables, even where one of them was computed
// from another or from a parameter. The result is differentiable as often as wanted.
func isolate(name string, in []graph.Value, f func(in []graph.Value) []graph.Value) []graph.Value {
	return graph.Custom(name, in, f, func(c graph.CustomCall) (gin, captured []graph.Value) {
		outer, all := differentiable(originals(c.Captured))
		n := len(c.In)
		args := append(append([]graph.Value(nil), c.In...), c.Grad...)
		out := isolate(name+"′", args, func(args []graph.Value) []graph.Value {
			wrt := append(append([]graph.Value(nil), args[:n]...), outer...)
			return graph.VJP(f(args[:n]), args[n:], wrt)
		})
		return out[:n], all(out[n:])
	})
}

// differentiable leaves out the captured values that have no derivative, such as a random key. all makes the gradients of the others those of all, with
// absent ones, which stand for 0.
func differentiable(captured []graph.Value) (of []graph.Value, all func(gs []graph.Value) []graph.Value) {
	for _, v := range captured {
		if v.Type().DType == graph.Float {
			of = append(of, v)
		}
	}
	return of, func(gs []graph.Value) []graph.Value {
		out, next := make([]graph.Value, len(captured)), 0
		for i, v := range captured {
			if v.Type().DType == graph.Float {
				out[i] = gs[next]
				next++
			}
		}
		return out
	}
}

// originals undoes the renaming that package graph does when it writes a region again: the value that code outside the region, such
// as Ref.Value, knows a captured parameter by.
func originals(captured []graph.Value) []graph.Value {
	out := make([]graph.Value, len(captured))
	for i, v := range captured {
		for isIdentity(v) {
			v = v.Node().In[0]
		}
		out[i] = v
	}
	return out
}

func isIdentity(v graph.Value) bool {
	n := v.Node()
	if n.Op != graph.OpCustom || len(n.In) != 1 {
		return false
	}
	g := n.Body[0]
	return len(g.Nodes) == 1 && len(g.Inputs) == 1 && len(g.Outputs) == 1
}

package cpu

import (
	"strings"

	"diffeo/graph"
)

// What stands behind a triangular loop often computes its body once more, at the solution: the log-determinant beside a draw, the gradients of
// the weights behind the adjoint. The body's values are final when the loop ends, and so nothing of that is computed again.

// settle hands values of the body to the ops behind the loop that compute the same of the final carries.
func (i *incremental[T]) settle(carries int) {
	e := i.e
	ids := map[*value]int{} // a final carry has the number of the body's
	for c, v := range i.carry[:carries] {
		n := number(ids, v)
		ids[i.o.out[c]] = n
		if i.same(c) {
			ids[i.o.in[1+c]] = n
		}
	}
	signed := func(o *op) string {
		var key strings.Builder
		signature(&key, o, func(v *value) int { return number(ids, v) })
		return key.String()
	}
	inside := map[string]*op{}
	for _, o := range i.body.ops {
		inside[signed(o)] = o
	}
	twins := map[*op]*op{}
	var found []*op
	for _, o := range e.ops {
		if o.done || o == i.o || len(o.body) > 0 && o.kind != graph.OpWhile {
			continue
		}
		twin := inside[signed(o)]
		if twin == nil || !sameTypes(o, twin) {
			continue
		}
		for k, v := range o.out {
			ids[v] = number(ids, twin.out[k])
		}
		twins[o] = twin
		found = append(found, o)
	}
	for k := len(found) - 1; k >= 0; k-- { // what an instruction of another op absorbed has no place, and need not have one where nobody asks
		o := found[k]
		o.done = true
		for j, v := range o.out {
			if !i.settled(twins[o].out[j]) {
				o.done = o.done && !v.output && allDone(v.users)
			}
		}
	}
	for _, o := range found {
		if !o.done {
			continue
		}
		for k, v := range o.out {
			if twin := twins[o].out[k]; i.settled(twin) {
				e.bind(v, twin.loc)
			}
		}
		e.usedAll(o)
	}
}

// settled reports whether a value of the body lies somewhere when the loop ends.
func (i *incremental[T]) settled(v *value) bool {
	_, passing := i.passing[v]
	return !passing && (v.loc.n > 0 || v.Shape.Size() == 0)
}

func sameTypes(a, b *op) bool {
	for k, v := range a.out {
		if !v.Type.Equal(b.out[k].Type) {
			return false
		}
	}
	return len(a.out) == len(b.out)
}

func allDone(ops []*op) bool {
	for _, o := range ops {
		if !o.done {
			return false
		}
	}
	return true
}

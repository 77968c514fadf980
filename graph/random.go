package graph

import (
	"fmt"
	"hash/fnv"
)

// OpRandom draws random numbers: input a Uint32 key [2], Attr Draw.
const OpRandom Op = "random"

// RandomKind is a distribution that the engine draws from.
type RandomKind uint8

// The kinds of random numbers.
const (
	Normal     RandomKind = iota // standard normal
	Uniform01                    // uniform on the open interval (0, 1)
	Rademacher                   // −1 or 1 with probability ½ each
)

func (k RandomKind) String() string { return [...]string{"normal", "uniform", "rademacher"}[k] }

// Draw is the attribute of OpRandom. The number at (key, Stream, row, index) is a function of these four alone.
type Draw struct {
	Kind   RandomKind
	Stream uint32
}

func (d Draw) String() string { return fmt.Sprintf("%s stream %08x", d.Kind, d.Stream) }

// Random draws an array of the shape for every lane (rows ≥ 1 lanes a row) or once for all (rows = 0). The stream is
// found by its name, so equal names give equal numbers and the order of building has no influence; key is a shared Uint32 [2] that
// the caller changes from run to run. The derivative is 0.
func Random(key Value, kind RandomKind, name string, rows int, shape ...int) Value {
	if t := key.Type(); t.DType != Uint32 || !t.Shape.Equal(Shape{2}) || t.Rows != 0 {
		Fail(OpRandom, "the key of %q is %s, not a shared uint32[2]", name, t)
	}
	if rows < 0 {
		Fail(OpRandom, "%d lanes per row", rows)
	}
	h := fnv.New32a()
	h.Write([]byte(name))
	return builderOf(key).node(OpRandom, Draw{kind, h.Sum32()}, []Value{key}, Type{Float, axes(OpRandom, shape), rows}).Result(0)
}

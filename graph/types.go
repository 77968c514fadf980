package graph

import (
	"fmt"
	"slices"
	"strings"
)

// DType is the kind of number that a value holds.
type DType uint8

// The kinds: Float is float32 or float64, as chosen when the graph is compiled.
const (
	Float DType = iota
	Bool
	Uint32
)

func (d DType) String() string { return [...]string{"float", "bool", "uint32"}[d] }

// Shape lists the axes of one row's value; [] is a scalar. The batch is no axis.
type Shape []int

// Size is the number of elements of one row's value.
func (s Shape) Size() int {
	n := 1
	for _, d := range s {
		n *= d
	}
	return n
}

// Equal reports whether both shapes have the same axes; nil and [] are both scalars.
func (s Shape) Equal(t Shape) bool { return slices.Equal(s, t) }

func (s Shape) String() string { return strings.ReplaceAll(fmt.Sprint([]int(s)), " ", ",") }

// Type is the type of a value: its kind, the shape of one row, and how many lanes it has for each row of the program.
type Type struct {
	DType DType
	Shape Shape
	Rows  int // 0: shared; 1: one per row; n: a group of n per row
}

// PerRow reports whether rows differ in the value.
func (t Type) PerRow() bool { return t.Rows > 0 }

// Equal reports whether two types are the same.
func (t Type) Equal(u Type) bool {
	return t.DType == u.DType && t.Rows == u.Rows && t.Shape.Equal(u.Shape)
}

func (t Type) String() string {
	s := t.DType.String() + t.Shape.String()
	switch t.Rows {
	case 0:
		return s
	case 1:
		return s + " row"
	}
	return fmt.Sprintf("%s row×%d", s, t.Rows)
}

// axes is a copy of a shape whose axes must not be negative.
func axes(op Op, s Shape) Shape {
	for _, n := range s {
		if n < 0 {
			Fail(op, "shape %v has a negative axis", s)
		}
	}
	return slices.Clone(s)
}

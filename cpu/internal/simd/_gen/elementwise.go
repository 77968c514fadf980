package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

type vec = reg.VecPhysical

// elementwiseOps are the cheap operations, bound by the caches and not by arithmetic.
func elementwiseOps() []mapOp {
	var ops []mapOp
	binary := func(name, doc string, f func(t *target) func(a, b vec) vec) {
		ops = append(ops, mapOp{name: name, srcs: []string{"a", "b"}, unroll: 4, doc: doc,
			prepare: func(t *target) func([]vec, vec) vec {
				body := f(t)
				return func(in []vec, _ vec) vec { return body(in[0], in[1]) }
			}})
	}
	scalar := func(name, doc string, f func(t *target) func(a, b vec) vec) {
		ops = append(ops, mapOp{name: name, srcs: []string{"a"}, scalar: true, unroll: 4, doc: doc,
			prepare: func(t *target) func([]vec, vec) vec {
				body := f(t)
				return func(in []vec, s vec) vec { return body(in[0], s) }
			}})
	}
	unary := func(name, doc string, f func(t *target) func(a vec) vec) {
		ops = append(ops, mapOp{name: name, srcs: []string{"a"}, unroll: 4, doc: doc,
			prepare: func(t *target) func([]vec, vec) vec {
				body := f(t)
				return func(in []vec, _ vec) vec { return body(in[0]) }
			}})
	}
	// simple is one instruction, into a new register so that the scalar stays.
	simple := func(f func(t *target, a, b, d vec)) func(t *target) func(a, b vec) vec {
		return func(t *target) func(a, b vec) vec {
			return func(a, b vec) vec { f(t, a, b, a); return a }
		}
	}
	compare := func(op uint8) func(t *target) func(a, b vec) vec {
		return func(t *target) func(a, b vec) vec {
			one := t.bcast(t.number(1))
			return func(a, b vec) vec { t.keep(t.compare(op, b, a, reg.K2, a), one, a); return a }
		}
	}

	arithmetic := []struct {
		name, doc string
		f         func(t *target) func(a, b vec) vec
	}{
		{"add", "a + ", simple(func(t *target, a, b, d vec) { t.add(b, a, d) })},
		{"sub", "a - ", simple(func(t *target, a, b, d vec) { t.sub(b, a, d) })},
		{"mul", "a * ", simple(func(t *target, a, b, d vec) { t.mul(b, a, d) })},
		{"div", "a / ", simple(func(t *target, a, b, d vec) { t.div(b, a, d) })},
		{"max", "the larger of a and ", extremum((*target).max, (*target).and)},
		{"min", "the smaller of a and ", extremum((*target).min, (*target).or)},
		{"less", "1 where a < ", compare(cmpLT)},
		{"lessEq", "1 where a <= ", compare(cmpLE)},
		{"greater", "1 where a > ", compare(cmpGT)},
		{"greaterEq", "1 where a >= ", compare(cmpGE)},
		{"equal", "1 where a == ", compare(cmpEQ)},
		{"notEqual", "1 where a != ", compare(cmpNEQ)},
	}
	for _, o := range arithmetic {
		binary(o.name, "sets dst to "+o.doc+"b.", o.f)
		scalar(o.name+"S", "sets dst to "+o.doc+"s.", o.f)
	}
	scalar("rsubS", "sets dst to s - a.", simple(func(t *target, a, b, d vec) { t.sub(a, b, d) }))
	scalar("rdivS", "sets dst to s / a.", simple(func(t *target, a, b, d vec) { t.div(a, b, d) }))

	signs := func(t *target) vec { return t.bcast(t.number(math.Copysign(0, -1))) }
	unary("neg", "sets dst to -a.", func(t *target) func(vec) vec {
		sign := signs(t)
		return func(a vec) vec { t.xor(sign, a, a); return a }
	})
	unary("abs", "sets dst to |a|.", func(t *target) func(vec) vec {
		sign := signs(t)
		return func(a vec) vec { t.andn(a, sign, a); return a }
	})
	unary("sqrt", "sets dst to the square root of a.", func(t *target) func(vec) vec {
		return func(a vec) vec { t.sqrt(a, a); return a }
	})
	unary("recip", "sets dst to 1/a.", func(t *target) func(vec) vec {
		one := t.bcast(t.number(1))
		return func(a vec) vec { t.div(a, one, a); return a }
	})
	unary("floor", "sets dst to the largest integer not above a.", func(t *target) func(vec) vec {
		const down = operand.U8(9) // towards -Inf, no exception for an inexact result
		return func(a vec) vec {
			switch {
			case t.isa == avx512 && t.bits == 32:
				t.VRNDSCALEPS(down, a, a)
			case t.isa == avx512:
				t.VRNDSCALEPD(down, a, a)
			case t.bits == 32:
				t.VROUNDPS(down, a, a)
			default:
				t.VROUNDPD(down, a, a)
			}
			return a
		}
	})
	unary("sign", "sets dst to -1 where a < 0, to 1 where a > 0, and to a elsewhere.", func(t *target) func(vec) vec {
		zero, one, sign := t.take(), t.bcast(t.number(1)), signs(t)
		t.zero(zero)
		return func(a vec) vec {
			unit, c := t.take(), t.take()
			t.and(sign, a, unit)
			t.or(one, unit, unit)
			t.blend(t.compare(cmpEQ, zero, a, reg.K2, c), a, unit, unit)
			t.blend(t.compare(cmpUNORD, a, a, reg.K2, c), a, unit, a)
			return a
		}
	})
	unary("finite", "sets dst to 0 where a is NaN or infinite and to 1 elsewhere.", func(t *target) func(vec) vec {
		sign, one, inf := signs(t), t.bcast(t.number(1)), t.bcast(t.number(math.Inf(1)))
		return func(a vec) vec {
			t.andn(a, sign, a)
			t.keep(t.compare(cmpLT, inf, a, reg.K2, a), one, a)
			return a
		}
	})
	unary("relu", "sets dst to 0 where a < 0 and to a elsewhere.", func(t *target) func(vec) vec {
		zero := t.take()
		t.zero(zero)
		return func(a vec) vec { t.max(a, zero, a); return a }
	})
	binary("reluGrad", "sets dst to a where b > 0 and to 0 elsewhere.", func(t *target) func(a, b vec) vec {
		zero := t.take()
		t.zero(zero)
		return func(a, b vec) vec { t.keep(t.compare(cmpLT, b, zero, reg.K2, b), a, a); return a }
	})
	ops = append(ops,
		mapOp{name: "fma", srcs: []string{"a", "b", "c"}, unroll: 4, doc: "sets dst to a*b + c, rounded once.",
			prepare: func(t *target) func([]vec, vec) vec {
				return func(in []vec, _ vec) vec { t.fma231(in[1], in[0], in[2]); return in[2] }
			}},
		mapOp{name: "axpy", srcs: []string{"x", "dst"}, scalar: true, unroll: 4, doc: "adds s*x to dst, rounded once.",
			prepare: func(t *target) func([]vec, vec) vec {
				return func(in []vec, s vec) vec { t.fma231(in[0], s, in[1]); return in[1] }
			}},
		mapOp{name: "choose", srcs: []string{"c", "a", "b"}, unroll: 4, doc: "sets dst to a where c != 0 and to b elsewhere.",
			prepare: func(t *target) func([]vec, vec) vec {
				zero := t.take()
				t.zero(zero)
				return func(in []vec, _ vec) vec {
					t.blend(t.compare(cmpNEQ, zero, in[0], reg.K2, in[0]), in[1], in[2], in[1])
					return in[1]
				}
			}},
		mapOp{name: "fill", scalar: true, unroll: 4, doc: "sets dst to s.",
			prepare: func(t *target) func([]vec, vec) vec { return func(_ []vec, s vec) vec { return s } }},
	)
	return ops
}

// extremum is max or min with the rules of Go's built-in functions. The instruction returns its second operand for two
// zeros and for NaN; so it runs both ways round, the bits of zeros are joined, and NaN comes from a sum.
func extremum(f func(t *target, ops ...operand.Op), join func(t *target, ops ...operand.Op)) func(t *target) func(a, b vec) vec {
	return func(t *target) func(a, b vec) vec {
		return func(a, b vec) vec {
			ab, ba, nan := t.take(), t.take(), t.take()
			f(t, b, a, ab)
			f(t, a, b, ba)
			join(t, ab, ba, ab)
			c := t.compare(cmpUNORD, b, a, reg.K2, ba)
			t.add(b, a, nan)
			t.blend(c, nan, ab, a)
			return a
		}
	}
}

func elementwise(t *target) {
	for _, op := range elementwiseOps() {
		op.write(t)
	}
}

package cpu

import (
	"fmt"
	"slices"

	"diffeo/cpu/internal/simd"
	"diffeo/fault"
	"diffeo/graph"
	"diffeo/matrix"
)

// stage is a part of a program: shared (even) stages compute on shared numbers, row (odd) stages take each tile through all
// of their instructions.
type stage[T matrix.Float] struct {
	waves   [][]instr[T] // shared: the instructions of one wave may run at the same time
	list    []instr[T]   // row
	one     []instr[T]   // row: the same for a single row in one lane, where programs run one so
	units   int          // tile memory
	scratch int          // numbers, in a row stage for each lane
	sums    bool         // it adds something up over rows
	adders  []int        // where in the list, in programs of images
	hosts   []*host      // shared: calls of Go code, before the instructions
}

// Compile translates a graph. Errors: ErrUnsupported for what this engine cannot run (package ref can), fault.ErrConfig.
func Compile[T matrix.Float](g *graph.Graph, o Options) (*Program[T], error) {
	if o.Threads < 0 || o.TileRows < 0 {
		return nil, fmt.Errorf("%w: %d threads, tiles of %d rows", fault.ErrConfig, o.Threads, o.TileRows)
	}
	for _, o := range g.Outputs {
		if o.Value.Type().DType == graph.Uint32 {
			return nil, fmt.Errorf("%w: output %q is %s (%s)", ErrUnsupported, o.Name, o.Value.Type(), o.Value.Node().Site())
		}
	}
	for _, u := range g.Updates {
		if u.Value.Type().DType == graph.Uint32 {
			return nil, fmt.Errorf("%w: update of %v, which is %s (%s)", ErrUnsupported, u.Target.Attr, u.Value.Type(), u.Value.Node().Site())
		}
	}
	p := &Program[T]{graph: g, k: simd.For[T](), options: o, ready: map[*value]int{}, keys: map[*value]int{}, sparse: map[*value]bool{}}
	p.inputs, p.results = ports(g)
	l := &lowering{}
	env := map[graph.Value]*value{}
	needed := g.Needed()
	for i, n := range g.Inputs {
		v := &value{Type: n.Out[0], variable: n.Op != graph.OpParam}
		if v.Rows == 0 {
			v.loc = loc{start: sharedCell(bufCaller+i, 0), step: -1, n: v.Shape.Size()}
		} else {
			v.stage = 1
		}
		if v.DType == graph.Uint32 {
			p.keys[v] = i
		}
		env[n.Result(0)] = v
		if v.variable {
			p.variables = append(p.variables, i)
		}
		l.inputs = append(l.inputs, v)
	}
	l.inline(g, needed, env, scope{lists: []*[]*op{&l.ops}})
	if l.err != nil {
		return nil, l.err
	}
	p.sparing = l.recomputes
	var results []*value
	for _, o := range g.Outputs {
		results = append(results, env[o.Value])
	}
	for _, u := range g.Updates {
		results = append(results, env[u.Value])
	}
	l.ops = live(l.ops, results)
	if p.image = slices.ContainsFunc(l.ops, func(o *op) bool { return o.kind == graph.OpConv || o.kind == graph.OpConvRows }); p.image {
		l.ops = joinPixelSums(l.ops, results)
	}
	c := &compilation[T]{p: p, l: l, env: env}
	c.assignStages()
	c.findUsers()
	c.emit()
	if p.err != nil {
		return nil, p.err
	}
	p.sizeTiles()
	p.forget()
	return p, nil
}

// manyWeights is how many weights are more than a core's cache holds well.
const manyWeights = 512 << 10

type compilation[T matrix.Float] struct {
	p     *Program[T]
	l     *lowering
	env   map[graph.Value]*value
	slots map[*value]int // where they are spilled
}

// assignStages cuts the program where a sum over rows feeds rows again.
func (c *compilation[T]) assignStages() {
	last := 0
	for _, o := range c.l.ops {
		s, row := 0, false
		for _, v := range o.in {
			s = max(s, v.stage)
			row = row || v.Rows > 0
		}
		sum := graph.SumsRows(o.kind)
		for _, v := range o.out {
			row = row || v.Rows > 0
		}
		if row && s%2 == 0 {
			s++
		}
		if o.kind == graph.OpHost {
			c.p.addHost(o)
			o.stage = s + 1
			for _, v := range o.out {
				v.stage = s + 2
			}
			last = max(last, s+2)
			continue
		}
		o.stage = s
		for _, v := range o.out {
			v.stage = s
			if sum {
				v.stage = s + 1
			}
			last = max(last, v.stage)
		}
	}
	last += last % 2
	if len(c.l.inputs) > 0 {
		last = max(last, 2)
	}
	c.p.stages = make([]stage[T], last+1)
}

func (c *compilation[T]) findUsers() {
	var visit func(ops []*op)
	visit = func(ops []*op) {
		for _, o := range ops {
			for _, v := range o.in {
				v.users = append(v.users, o)
			}
			for _, b := range o.body {
				visit(b.ops)
				for _, v := range b.outs {
					v.output = true
				}
			}
		}
	}
	visit(c.l.ops)
	c.slots = map[*value]int{}
	for _, o := range c.l.ops {
		for _, v := range o.in {
			if v.Rows > 0 && (v.def != nil && v.stage < o.stage || o.kind == graph.OpHost) {
				v.output = true
			}
		}
	}
	for _, o := range c.p.graph.Outputs {
		c.env[o.Value].output = true
	}
	c.p.targets = map[*value][]*value{}
	c.p.updated = make([]bool, len(c.p.graph.Inputs))
	for _, u := range c.p.graph.Updates {
		v := c.env[u.Value]
		v.output = true
		c.p.targets[v] = append(c.p.targets[v], c.env[u.Target.Result(0)])
		c.p.updated[slices.Index(c.p.graph.Inputs, u.Target)] = true
	}
	for i, o := range c.p.graph.Outputs {
		v := c.env[o.Value]
		c.p.outputs = append(c.p.outputs, v)
		if v.Rows == 0 {
			c.p.sharedOut = append(c.p.sharedOut, i)
		}
	}
}

func (c *compilation[T]) emit() {
	p := c.p
	e := &emitter[T]{p: p, k: p.k, slots: c.slots, joined: map[int][]stretch{}, filterCopies: map[copied]operand{}}
	if p.options.Frozen {
		e.kinds = map[instr[T]]graph.Op{}
		weights := 0
		for _, n := range p.graph.Inputs {
			if n.Op == graph.OpParam {
				weights += n.Out[0].Shape.Size()
			}
		}
		e.crowded = weights > manyWeights
	}
	e.constant([]float64{0})
	p.rows = p.shared // the number of rows has a place of its own
	p.shared += 16
	for s := range p.stages {
		e.stage, e.row, e.arena, e.turned, e.behind = s, s%2 == 1, arena{}, nil, 0
		st := &p.stages[s]
		e.out = &st.list
		var ops []*op
		for _, o := range c.l.ops {
			if o.stage == s {
				ops = append(ops, o)
				st.sums = st.sums || graph.SumsRows(o.kind)
			}
		}
		e.ops = ops
		if e.row {
			c.begin(e, ops)
		}
		for _, o := range ops {
			e.op(o)
		}
		st.units = e.arena.size
	}
	c.finish(e)
	if len(p.last0) > 0 {
		p.stages[0].waves = append(p.stages[0].waves, p.last0)
	}
	if p.single = p.onceOnly(c.l.ops); p.single {
		for s := 1; s < len(p.stages); s += 2 {
			p.stages[s].one = chained(p.stages[s].list, e.kinds)
		}
	}
	for s := range p.stages {
		if st := &p.stages[s]; p.image {
			st.adders = addersOf(st.list)
			repeat(append(st.waves, st.list)...)
		}
	}
}

// begin counts the uses of values in a row stage and loads those that exist before it.
func (c *compilation[T]) begin(e *emitter[T], ops []*op) {
	var outside []*value
	for _, o := range ops {
		for _, v := range o.out {
			v.left = 0
		}
	}
	seen := map[*value]bool{}
	outer := func(v *value) bool { return v.def == nil || v.stage != e.stage || v.def.kind == graph.OpHost }
	for _, o := range ops {
		for _, v := range o.in {
			if v.Rows == 0 {
				continue
			}
			if outer(v) && !seen[v] {
				seen[v] = true
				v.left = 0
				outside = append(outside, v)
			}
			v.left++
		}
	}
	straight := func(vs []*value) { // what is handed on as it comes in
		for _, v := range vs {
			if v.Rows > 0 && v.stage == e.stage && outer(v) && !seen[v] {
				seen[v] = true
				v.left = 0
				outside = append(outside, v)
			}
		}
	}
	straight(c.p.outputs)
	for _, o := range c.l.ops {
		if o.kind == graph.OpHost {
			straight(o.in)
		}
	}
	for _, v := range outside {
		if v.def == nil {
			for i, in := range c.l.inputs {
				if in == v {
					dst := e.fresh(v)
					e.add(&load[T]{e.k.Transpose, i, e.operand(dst.start), dst.n})
					e.bind(v, dst)
				}
			}
			continue
		}
		if h := c.p.hosts[v.def]; h != nil && v.stage == e.stage {
			for k, u := range v.def.out {
				if u == v {
					dst := e.fresh(v)
					e.add(&fromHost[T]{h.out[k], e.operand(dst.start)})
					e.bind(v, dst)
				}
			}
			continue
		}
		if slot, ok := c.slots[v]; ok {
			dst := e.fresh(v)
			unit := e.unit(v)
			r := run{n: dst.n * unit, dst: e.operand(dst.start)}
			e.add(&spill[T]{e.k.Copy, true, slot, []run{r}, dst.n * unit})
			e.bind(v, dst)
		}
	}
}

// store writes what the caller and later stages want of a value that was just computed.
func (e *emitter[T]) store(v *value) {
	if e.p.stored[v] || !v.output || v.inside > 0 {
		return
	}
	if e.p.stored == nil {
		e.p.stored = map[*value]bool{}
	}
	e.p.stored[v] = true
	for i, o := range e.p.outputs {
		if o == v {
			s := &store[T]{output: i, unit: e.unit(v)}
			for k := range v.loc.n {
				s.units = append(s.units, e.operand(v.loc.at(k)))
			}
			e.add(s)
		}
	}
	later := false
	for _, o := range v.users {
		later = later || o.stage > e.stage && o.kind != graph.OpHost
		if h := e.p.hosts[o]; h != nil {
			e.toHost(v, o, h)
		}
	}
	onTile := false
	for k := range v.loc.n {
		onTile = onTile || !v.loc.at(k).shared()
	}
	if !later || !onTile || v.def == nil {
		return
	}
	unit := e.unit(v)
	e.slots[v] = e.p.spilled
	s := &spill[T]{e.k.Copy, false, e.p.spilled, nil, v.loc.n * unit}
	for k := range v.loc.n {
		r := run{n: unit, dst: e.operand(v.loc.at(k))}
		r.in[0].off = k * unit
		s.dst = append(s.dst, r)
	}
	e.p.spilled += v.loc.n * unit
	e.add(s)
}

// toHost writes v as the operands of a host call that it is.
func (e *emitter[T]) toHost(v *value, o *op, h *host) {
	for k, u := range o.in {
		if u != v {
			continue
		}
		i := &toHost[T]{a: h.in[k]}
		for j := range v.loc.n {
			i.units = append(i.units, e.operand(v.loc.at(j)))
		}
		e.add(i)
	}
}

// finish writes shared results, then updates, after everything that reads old values, and last of all what replaces them in place.
func (c *compilation[T]) finish(e *emitter[T]) {
	p := c.p
	e.row, e.stage = false, len(p.stages)-1
	e.wave = len(p.stages[e.stage].waves)
	for _, i := range p.sharedOut {
		v := p.outputs[i]
		e.copyTo(1, loc{start: sharedCell(bufCaller+len(p.graph.Inputs)+i, 0), step: -1, n: v.loc.n}, v.loc)
	}
	var targets, values []loc
	for _, u := range p.graph.Updates {
		to, from := c.env[u.Target.Result(0)].loc, c.env[u.Value].loc
		if sameCells(to, from) { // it is there already
			continue
		}
		if p.readsUpdated(from) { // it may be overwritten before it is read
			copied := e.fresh(&value{Type: c.env[u.Value].Type})
			e.copyTo(1, copied, from)
			from = copied
		}
		targets, values = append(targets, to), append(values, from)
	}
	e.wave = len(p.stages[e.stage].waves)
	for k, to := range targets {
		e.copyTo(1, to, values[k])
	}
	e.wave = len(p.stages[e.stage].waves)
	for _, i := range p.last {
		e.add(i)
	}
}

// readsUpdated reports whether some cell of l belongs to an input that the program updates.
func (p *Program[T]) readsUpdated(l loc) bool {
	for i := range l.n {
		if c := l.at(i); c.shared() {
			if b, _ := c.address(); b >= bufCaller && p.updated[b-bufCaller] {
				return true
			}
		}
		if l.list == nil { // they all lie in one memory
			break
		}
	}
	return false
}

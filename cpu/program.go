package cpu

import (
	"errors"
	"fmt"
	"sync"

	"diffeo/cpu/internal/simd"
	"diffeo/graph"
	"diffeo/matrix"
)

// ErrUnsupported says that the graph holds something that this engine cannot run; package ref can.
var ErrUnsupported = errors.New("cpu: unsupported")

// Options of Compile. The zero value uses one thread and lets the compiler choose.
type Options struct {
	Threads int // workers, the caller among them; 0: one. Results do not depend on it
	// Frozen says that parameters never change between calls: what depends on them alone is computed once, and single rows are fast.
	Frozen bool
	// AsWritten runs loops pass by pass, as they are written, even where each of their units could be computed once (see doc.go): for measuring what that saves.
	AsWritten bool
	TileRows  int // rows that a worker takes through the program at once, rounded up to full vectors; 0: chosen by the compiler. Sums over rows depend on it
}

// Program is a compiled graph: immutable, for any number of rows, safe for concurrent calls.
type Program[T matrix.Float] struct {
	inputs     []port
	results    []port
	k          *simd.Kernels[T]
	options    Options
	stages     []stage[T]
	consts     []T
	shared     int // numbers in the arena of shared values
	rows       int // where the number of rows stands there
	sums       int // numbers and doubles that a shard adds up
	sums64     int
	spilled    int   // units kept between stages
	hostArrays []int // numbers of a row in each operand and result of host calls
	tile       int   // rows of a tile

	image     bool  // it has convolutions
	sparing   bool  // it computes values once more, to spare memory
	filters   int   // numbers in a tile for filters in an order of their own
	single    bool  // the first stage is computed once, and a single row runs in one lane
	variables []int // inputs that are no parameters

	mu     sync.Mutex
	frames []*frame[T]
	tidy   sync.Once // before the first of them

	// only while compiling
	graph     *graph.Graph    // it leads to every node, which are as large as the program
	ready     map[*value]int  // the wave in which a shared value is written
	keys      map[*value]int  // Uint32 inputs
	sparse    map[*value]bool // gradients that are zero where their mask is
	targets   map[*value][]*value
	updated   []bool // inputs that get a new value
	outputs   []*value
	sharedOut []int
	stored    map[*value]bool
	last      []instr[T]
	last0     []instr[T] // at the end of the first stage
	hosts     map[*op]*host
	err       error
}

func (p *Program[T]) unsupported(o *op, why string) {
	if p.err == nil {
		p.err = fmt.Errorf("%w: %s: %s (%s)", ErrUnsupported, o.kind, why, o.node.Site())
	}
}

// replaces reports whether v does nothing but become the new value of the shared input or parameter old, which nothing
// reads after the stage.
func (p *Program[T]) replaces(v, old *value, stage int) bool {
	if len(v.users) > 0 || old.def != nil || len(p.targets[v]) != 1 || p.targets[v][0] != old || old.loc.list != nil {
		return false
	}
	for _, o := range p.outputs {
		if o == v || o == old {
			return false
		}
	}
	for _, o := range old.users {
		if o.stage > stage {
			return false
		}
	}
	return true
}

// forget drops what only compiling needed.
func (p *Program[T]) forget() {
	p.graph = nil
	p.sparse, p.updated, p.ready, p.keys, p.targets, p.outputs, p.stored, p.last, p.hosts, p.last0 =
		nil, nil, nil, nil, nil, nil, nil, nil, nil, nil
}

// lane is the number of rows that a tile's lanes are rounded up to: full vectors of 64 bytes. In programs of images pixels fill the vectors, and
// there are as many lanes as rows.
func (p *Program[T]) lane() int {
	if p.image {
		return 1
	}
	var x T
	if _, ok := any(x).(float32); ok {
		return 16
	}
	return 8
}

// manySums is how many numbers a shard may sum and stay in a core's cache.
const manySums = 256 << 10

// imageTile is how many numbers a tile of images should hold.
const imageTile = 10 << 20

// mostImages is the most rows of such a tile.
const mostImages = 8

// sizeTiles chooses the rows of a tile: 128, or 256 where weights and their gradients are so many that they should pass seldom, and 64
// where the values of a tile are.
func (p *Program[T]) sizeTiles() {
	if lane := p.lane(); p.options.TileRows > 0 { // a tile ends where a full vector does, and so do the spills of each
		p.tile = (p.options.TileRows + lane - 1) / lane * lane
		return
	}
	units := 1
	for _, s := range p.stages {
		units = max(units, s.units)
	}
	if p.image {
		p.tile = 1
		for p.tile < mostImages && 2*p.tile*units <= imageTile { // a power of two, so that batches of such sizes are divided evenly
			p.tile *= 2
		}
		return
	}
	const most = 16 << 20 // numbers of a worker's tile
	p.tile = 128
	switch {
	case units*p.tile > most:
		p.tile = 64
	case p.sums > manySums && units*p.tile*2 <= most:
		p.tile = 256
	}
}

// port is where numbers enter a program or leave it.
type port struct {
	name string
	graph.Type
}

// ports are the inputs and the results of a graph.
func ports(g *graph.Graph) (inputs, results []port) {
	for _, n := range g.Inputs {
		inputs = append(inputs, port{string(n.Attr.(graph.Name)), n.Out[0]})
	}
	for _, o := range g.Outputs {
		results = append(results, port{o.Name, o.Value.Type()})
	}
	return inputs, results
}

func namesOf(ports []port) []string {
	names := make([]string, len(ports))
	for i, p := range ports {
		names[i] = p.name
	}
	return names
}

// Inputs lists the names of the program's inputs in the order of Args.In.
func (p *Program[T]) Inputs() []string {
	return namesOf(p.inputs)
}

// Outputs lists the names of the program's results in the order of Args.Out.
func (p *Program[T]) Outputs() []string {
	return namesOf(p.results)
}

// NewArgs returns arguments with a place for every input and output, to be filled and kept.
func (p *Program[T]) NewArgs() Args[T] {
	return Args[T]{In: make([]Array[T], len(p.inputs)), Out: make([]Array[T], len(p.results))}
}

// InstructionSet names the instructions that programs compiled from now on use: avx512, avx2 or generic.
func InstructionSet() string { return simd.ActiveLevel().String() }

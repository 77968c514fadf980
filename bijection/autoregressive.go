package bijection

import (
	"fmt"
	"slices"

	"diffeo/fault"
	"diffeo/graph"
	"diffeo/nn"
	"diffeo/param"
	"diffeo/scalar"
)

// Autoregressive maps every column with parameters computed from the columns before it in the order, and the condition:
//
//	x_d = f(u_d; θ_d),  θ = net(x, c),  θ_d depends on the x_e with order[e] < order[d],  log |det| = Σ_d log |f′_d|
//
// Inverse is one pass of the network (MAF, arXiv 1705.07057; Invert makes it an IAF, arXiv 1606.04934). Forward fills in one
// column after the other, D passes. The network's weights are called conditioner.….
//
// With Adjacency in place of an order θ_d depends on the columns e with Adjacency[d][e], which must make an acyclic graph (its diagonal does not
// matter): each column is independent of the others given its parents. Forward then takes as many passes as the longest path has columns (graphical
// flows, arXiv 2006.02548; zuko).
type Autoregressive struct {
	Order     []int      // Order[d] is the position of column d; nil: 0 … D−1
	Adjacency [][]bool   // instead of Order: which columns each column's parameters depend on
	Map       scalar.Map // nil: scalar.Affine{}
	Net       nn.Masked  // nil: nn.MADE{}. With Adjacency it must be nn.Wired too; nil: nn.DAG{}
}

// Bind implements Bijection.
func (a Autoregressive) Bind(s *param.Scope, base, cond graph.Shape) (Bound, error) {
	d, err := vector("an autoregressive map", base)
	if err != nil {
		return nil, err
	}
	b := autoregressive{d: d, rounds: d}
	order := a.Order
	switch {
	case a.Adjacency != nil && order != nil:
		return nil, fmt.Errorf("%w: an autoregressive map has either an Order or an Adjacency", fault.ErrConfig)
	case a.Adjacency != nil:
		if b.rounds, err = longestPath(a.Adjacency, d); err != nil {
			return nil, err
		}
	case order == nil:
		for i := range d {
			order = append(order, i)
		}
	}
	if order != nil {
		if _, err := permutation(order, d); err != nil {
			return nil, err
		}
	}
	if b.f, err = bindMap(s, a.Map, d); err != nil {
		return nil, err
	}
	if b.f.Params() > 0 {
		if b.net, err = a.network(s.Sub("conditioner"), order, cond, b.f.Params()); err != nil {
			return nil, fmt.Errorf("conditioner: %w", err)
		}
	}
	return b, nil
}

// network binds the conditioner.
func (a Autoregressive) network(s *param.Scope, order []int, cond graph.Shape, outs int) (nn.Net, error) {
	if a.Adjacency == nil {
		net := a.Net
		if net == nil {
			net = nn.MADE{}
		}
		return net.BindMasked(s, order, cond, outs)
	}
	var net nn.Wired = nn.DAG{}
	if a.Net != nil {
		wired, ok := a.Net.(nn.Wired)
		if !ok {
			return nil, fmt.Errorf("%w: %T follows an order and no adjacency: use nn.DAG", fault.ErrConfig, a.Net)
		}
		net = wired
	}
	parents := make([][]bool, len(a.Adjacency))
	for d, row := range a.Adjacency {
		parents[d] = slices.Clone(row)
		parents[d][d] = false
	}
	return net.BindWired(s, parents, cond, outs)
}

// longestPath is the number of columns on the longest path of an acyclic graph.
func longestPath(adjacency [][]bool, d int) (int, error) {
	if len(adjacency) != d {
		return 0, fmt.Errorf("%w: an adjacency of %d rows for %d columns", fault.ErrShape, len(adjacency), d)
	}
	for i, row := range adjacency {
		if len(row) != d {
			return 0, fmt.Errorf("%w: row %d of an adjacency has %d elements for %d columns", fault.ErrShape, i, len(row), d)
		}
	}
	done := make([]bool, d)
	for longest := 0; ; longest++ { // in each round the columns whose parents are all done
		var ready []int
		for i, row := range adjacency {
			waits := done[i]
			for e, parent := range row {
				waits = waits || parent && e != i && !done[e]
			}
			if !waits {
				ready = append(ready, i)
			}
		}
		for _, i := range ready {
			done[i] = true
		}
		if len(ready) > 0 {
			continue
		}
		if i := slices.Index(done, false); i >= 0 {
			return 0, fmt.Errorf("%w: the adjacency has a cycle, on which column %d depends", fault.ErrConfig, i)
		}
		return longest, nil
	}
}

type autoregressive struct {
	d, rounds int // rounds of Forward: the longest chain of columns
	f         scalar.Bound
	net       nn.Net // nil: the map has no parameters
}

func (a autoregressive) DataShape() graph.Shape { return graph.Shape{a.d} }

func (a autoregressive) theta(b *graph.Builder, x, cond graph.Value) graph.Value {
	if a.net == nil {
		return graph.Value{}
	}
	return a.net.Apply(b, x, cond)
}

func (a autoregressive) Inverse(b *graph.Builder, x, cond graph.Value) (u, logDet graph.Value) {
	u, l := a.f.Inverse(b, x, a.theta(b, x, cond))
	return u, total(l)
}

// Forward solves x = F(x; u) with F(x; u) = f(u; net(x)), and takes the log-determinant at the solution.
func (a autoregressive) Forward(b *graph.Builder, u, cond graph.Value) (x, logDet graph.Value) {
	if a.rounds > 1 && a.net != nil {
		return a.solve(b, u, cond)
	}
	y, l := a.f.Forward(b, u, a.theta(b, graph.ZerosLike(u), cond)) // nothing depends on x
	return y, total(l)
}

// solve finds the fixed point of F. A column is right once those that it depends on are, so as many rounds suffice as there are columns one after the other.
func (a autoregressive) solve(b *graph.Builder, u, cond graph.Value) (x, logDet graph.Value) {
	in := []graph.Value{u}
	if cond.Valid() {
		in = append(in, cond)
	}
	out := fixedPoint(b, "autoregressive", a.rounds, u.Type(), in, func(x graph.Value, in []graph.Value) []graph.Value {
		var c graph.Value
		if len(in) > 1 {
			c = in[1]
		}
		y, l := a.f.Forward(b, in[0], a.theta(b, x, c))
		return []graph.Value{y, total(l)}
	})
	return out[0], out[1]
}

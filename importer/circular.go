package importer

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"diffeo/fault"
	"diffeo/recipe"
)

// Angles of normflows: couplings in which some columns are circles, and shifts of these.

// numbers is a number, or a list of them for columns.
type numbers []float64

// UnmarshalJSON implements json.Unmarshaler.
func (n *numbers) UnmarshalJSON(b []byte) error {
	var one float64
	if json.Unmarshal(b, &one) == nil {
		*n = numbers{one}
		return nil
	}
	return json.Unmarshal(b, (*[]float64)(n))
}

// of is the number of element i of n; ok is false for a list of another length.
func (n numbers) of(i, of int) (x float64, ok bool) {
	switch len(n) {
	case 1:
		return n[0], true
	case of:
		return n[i], true
	}
	return 0, false
}

// angles checks a list of columns.
func (b *builder) angles(class, what string, list []int) error {
	for i, d := range list {
		if d < 0 || d >= b.dim || slices.Contains(list[:i], d) {
			return fmt.Errorf("%w: %s: %q %v are not different columns of %d", fault.ErrConfig, class, what, list, b.dim)
		}
	}
	return nil
}

// circularCoupling adds CircularCoupledRationalQuadraticSpline. Its splines have K + 1 slopes a column: of an angle the last counts as the
// first, of a number both outer ones count as 1.
func (b *builder) circularCoupling(theirs, class string, o object) error {
	a := struct {
		Channels     int        `json:"num_input_channels"`
		Blocks       int        `json:"num_blocks"`
		Hidden       int        `json:"num_hidden_channels"`
		Angles       []int      `json:"ind_circ"`
		Context      *int       `json:"num_context_channels"`
		Bins         int        `json:"num_bins"`
		TailBound    numbers    `json:"tail_bound"`
		Activation   activation `json:"activation"`
		Dropout      ignored    `json:"dropout_probability"`
		ReverseMask  ignored    `json:"reverse_mask"`
		Mask         ignored    `json:"mask"`
		InitIdentity ignored    `json:"init_identity"`
	}{Bins: 8, TailBound: numbers{3}}
	if err := o.arguments(class, &a); err != nil {
		return err
	}
	if err := b.columns(class, a.Channels); err != nil {
		return err
	}
	if err := b.angles(class, "ind_circ", a.Angles); err != nil {
		return err
	}
	if err := counted(class, "num_bins", a.Bins, 2); err != nil {
		return err
	}
	c := circular{bins: a.Bins, angle: make([]bool, b.dim), bound: make([]float64, b.dim)}
	for d := range b.dim {
		x, ok := a.TailBound.of(d, b.dim)
		if c.angle[d], c.bound[d] = slices.Contains(a.Angles, d), x; !ok || !(x > 0) {
			return fmt.Errorf("%w: %s: \"tail_bound\" %v is no positive number, and no list of %d", fault.ErrConfig, class, []float64(a.TailBound), b.dim)
		}
	}
	for _, bounds := range []string{"tail_bound", "unconditional_transform.tail_bound"} {
		b.w.Skip(theirs + "prqct." + bounds)
	}
	net := resnet{class: class, theirs: theirs + "prqct.transform_net.", hidden: a.Hidden, blocks: a.Blocks, context: number(a.Context), activation: a.Activation}
	return b.circularSplines(theirs+"prqct.", net, c)
}

// circular says which columns are angles, and how far splines reach.
type circular struct {
	bins  int
	angle []bool
	bound []float64
}

// layer is the map of some columns.
func (c circular) layer(columns []int, scale float64) recipe.LayerMap {
	one := func(d int) recipe.LayerMap {
		return recipe.LayerMap{Kind: recipe.SplineMap, Bins: c.bins, Low: -c.bound[d], High: c.bound[d], SharedEnds: c.angle[d], Unshifted: true, BinScale: scale}
	}
	var groups []recipe.LayerGroup
	for i, d := range columns {
		at := slices.IndexFunc(groups, func(g recipe.LayerGroup) bool {
			first := columns[g.Columns[0]]
			return c.angle[first] == c.angle[d] && c.bound[first] == c.bound[d]
		})
		if at < 0 {
			at, groups = len(groups), append(groups, recipe.LayerGroup{Map: one(d)})
		}
		groups[at].Columns = append(groups[at].Columns, i)
	}
	if len(groups) == 1 {
		return groups[0].Map
	}
	return recipe.LayerMap{Kind: recipe.MixedMap, Groups: groups}
}

// params is the number of parameters of a column of the layer: all have as many, and numbers leave the last one unread where there are angles.
func (c circular) params(columns []int) int {
	if slices.ContainsFunc(columns, func(d int) bool { return c.angle[d] }) {
		return 3 * c.bins
	}
	return 3*c.bins - 1
}

// place is which of their 3K + 1 numbers of column d is our parameter p.
func (c circular) place(d, p int) int {
	if p >= 2*c.bins && !c.angle[d] {
		return p + 1
	}
	return p
}

// circularSplines adds the learned splines of the columns that pass, and the coupling.
func (b *builder) circularSplines(theirs string, n resnet, c circular) error {
	passed, mapped, ok := b.split(theirs)
	if !ok {
		return nil
	}
	if len(passed) > 0 {
		f, count, k, from := c.layer(passed, 0), len(passed), c.bins, theirs+"unconditional_transform.unnormalized_"
		theta := b.add(recipe.Layer{Kind: recipe.StaticLayer, Columns: passed, Map: &f}) + "theta"
		ok := b.w.Want(from+"widths", count, k)
		ok = b.w.Want(from+"heights", count, k) && ok
		if ok = b.w.Want(from+"derivatives", count, k+1) && ok; ok {
			b.w.Columns(theta, 0, from+"widths", count, k)
			b.w.Columns(theta, k, from+"heights", count, k)
			for p := 2 * k; p < c.params(passed); p++ {
				b.w.Take(theta, p*count, from+"derivatives", 1, count, func(i int) int { return i*(k+1) + c.place(passed[i], p) - 2*k })
			}
		}
	} else {
		b.w.Skip(theirs + "unconditional_transform.")
	}
	var to []int // the columns that are mapped
	for d := range b.dim {
		if !slices.Contains(passed, d) {
			to = append(to, d)
		}
	}
	n.outs, n.rows = c.params(to), 3*c.bins+1
	n.row = func(i int) int { return i%mapped*n.rows + c.place(to[i%mapped], i/mapped) }
	for i, d := range passed {
		if c.angle[d] {
			if n.periodic == nil {
				n.periodic = &recipe.LayerNet{Kind: recipe.PeriodicNet, Mixed: true}
			}
			n.periodic.Columns, n.periodic.Periods = append(n.periodic.Columns, i), append(n.periodic.Periods, 2*c.bound[d])
		}
	}
	b.periods(n)
	return b.coupling(theirs, n, c.layer(to, 1/math.Sqrt(float64(max(1, n.hidden)))))
}

// periods reads the periods that the network takes, which are in the file where there are several: with some numbers before an angle normflows
// divides by the bound of another column.
func (b *builder) periods(n resnet) {
	name := n.theirs + "preprocessing.scale"
	if n.periodic == nil || !b.w.Has(name) {
		return
	}
	scale, _ := b.w.Values(name, len(n.periodic.Periods))
	for i, s := range scale {
		if !(s > 0) {
			b.w.Problem("parameter %q holds %g and must be positive", name, s)
			return
		}
		n.periodic.Periods[i] = 2 * math.Pi / s
	}
}

// periodic takes the weights of what shows the network angles.
func (b *builder) periodic(scope string, n resnet) {
	angles := len(n.periodic.Columns)
	b.whole(scope+"mix", n.theirs+"preprocessing.weights", 2*angles, angles, 2)
	for _, buffer := range []string{"ind", "inv_perm"} {
		b.w.Skip(n.theirs + "preprocessing." + buffer)
	}
}

// periodicShift adds PeriodicShift and PeriodicWrap: x = u + shift on the circle.
func (b *builder) periodicShift(theirs, class string, o object) error {
	a := struct {
		Columns []int   `json:"ind"`
		Bound   numbers `json:"bound"`
		Shift   numbers `json:"shift"`
	}{Bound: numbers{1}, Shift: numbers{0}}
	if class == "PeriodicWrap" && o["shift"] != nil {
		return fmt.Errorf("%w: %s has no argument \"shift\"", fault.ErrConfig, class)
	}
	if err := o.arguments(class, &a); err != nil {
		return err
	}
	if err := b.angles(class, "ind", a.Columns); err != nil {
		return err
	}
	for name, to := range map[string]*numbers{"bound": &a.Bound, "shift": &a.Shift} { // tensors are in the file
		if shape, ok := b.w.Shape(theirs + name); ok {
			v, _ := b.w.Values(theirs+name, shape...)
			*to = v
		}
	}
	for i, d := range a.Columns {
		bound, ok := a.Bound.of(i, len(a.Columns))
		shift, also := a.Shift.of(i, len(a.Columns))
		if !ok || !also || !(bound > 0) {
			return fmt.Errorf("%w: %s: \"bound\" %v and \"shift\" %v are not numbers of %d columns", fault.ErrConfig, class, []float64(a.Bound), []float64(a.Shift), len(a.Columns))
		}
		shift -= 2 * bound * math.Round(shift/(2*bound)) // at most half a circle
		b.add(recipe.Layer{Kind: recipe.StaticLayer, Columns: []int{d}, Map: &recipe.LayerMap{Kind: recipe.TurnMap, Low: -bound, High: bound, By: shift}})
	}
	return nil
}

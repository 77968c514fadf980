package sketch
import ("testing";"fmt";"diffeo/graph")
func TestDbg(t *testing.T) {
	for _, tt := range []float64{1e-4, 1e-8, 1e-11} {
	s := Sketch{Rows: 1, Build: func(b *graph.Builder) error {
		x := b.Input("x", 1)
		c := graph.OnRows(b.Param("c", 1),1)
		a := graph.OnRows(b.Param("a", 1),1)
		f := func(_, z graph.Value) graph.Value { return graph.Add(graph.Mul(a,z), c) }
		m := flowOf(b, f, exactTrace(b, 1), 1)
		u, l := m.transport(x, false)
		_ = l
		minimize(b, graph.SumRows(graph.Reshape(u)), x, b.Param("c",1), b.Param("a",1))
		return nil
	}}
	bb := open(t, s).with(numbers{"x": {1}, "c":{0.5}, "a":{1}, "tolerance":{tt}})
	fmt.Println(bb.run().Outputs, bb.slope("loss","c",[]float64{1}), bb.slope("loss","a",[]float64{1}))
	if tt==1e-4 {fmt.Println(bb.g.String())}
	}
}

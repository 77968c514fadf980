// Package moments computes what activation norms begin from.
package moments

import "diffeo/graph"

// Of is the mean and the unbiased deviation (of n numbers, divided by n−1) of each row of v [D,N] over its columns and all rows of the program, [D]. What is
// constant, or one number alone, has the deviation 1.
func Of(b *graph.Builder, v graph.Value) (mean, deviation graph.Value) {
	v = graph.OnRows(v, 1)
	d := v.Shape()[0]
	count := graph.Scale(b.RowCount(), float64(v.Type().Rows*v.Shape()[1]))
	mean = graph.Div(graph.Sum(graph.SumRows(v), 1), count)
	squares := graph.Sum(graph.SumRows(graph.Square(graph.Sub(v, graph.Reshape(mean, d, 1)))), 1)
	deviation = graph.Sqrt(graph.Div(squares, graph.Max(graph.Offset(count, -1), b.Scalar(1))))
	least := graph.Offset(graph.Scale(graph.Abs(mean), 1e-6), 1e-6)
	return mean, graph.Select(graph.Less(deviation, least), b.Scalar(1), deviation)
}

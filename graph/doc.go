// Package graph describes computations on one row of data.
//
// Model code is written for one row (one data point): a data vector has shape [D], a log-determinant shape [],
// an image [C,H,W]. The batch axis never appears. Every value is either shared (weights, statistics, one value for
// the whole batch) or per row; an op that mixes them broadcasts the shared one, and SumRows turns per-row values into a
// shared one. Rows may also come in groups: a value with Rows = n holds n lanes for each row of the program
// (importance samples, several draws per condition); SpreadRows and GroupSum, GroupMax move between the two.
//
// A graph is a list of nodes in the order in which they were built, each with an op, inputs, an attribute and the types of its
// results. Ops are functions of the package (Add, Exp, MatMul, …), one family per file. Regions (If, Repeat, While)
// and Custom hold nested graphs; outer values that a nested graph uses are captured automatically.
// Differentiation (Gradient, VJP) writes ops into the same graph, and so applies to its own result.
//
// The number type is chosen when a graph is compiled: package ref interprets in float64, package cpu compiles to
// float32 or float64. Types here are Float, Bool and Uint32.
//
// A mistake in building (a wrong shape, a value used outside its region) is a *BuildError that names the file and
// line of the op; Build recovers it and returns it as an error.
package graph

// Package cpu compiles graphs for the processor: rows run in SIMD lanes, and each core takes a tile of rows through the whole
// program before the next.
//
// A graph is cut into stages. Shared stages compute values that all rows share (masked weights, an optimizer's step); row stages
// compute per-row values, and end only where a sum over rows is needed by rows again, or at the end. In a row stage a tile holds
// some rows feature-major: each element of a value is a unit, one number for each row. Slices, permutations, broadcasts and
// concatenations are lists of units and move nothing.
//
// Sums over rows are made shard by shard. How a batch is cut into tiles and shards depends on the number of rows and on the
// program alone, and shards are brought together in order, so results are the same bits with any number of
// threads (the tiles of programs of images add to one shard, in turn); and no value of one row depends on the rows beside it.
package cpu

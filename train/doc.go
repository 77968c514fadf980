// Package train finds the weights of a flow.
//
// MaximumLikelihood minimises −mean log p(x) over the rows of a table by Adam on minibatches, with a cosine schedule, clipping of the gradient's
// norm, validation, early stop and a guard against steps that are not finite. Tables come in standardized (see package
// data): the numbers here are those that the flow computes in.
//
// One seed gives the same weights, bit for bit, with any number of threads. A step allocates nothing.
package train

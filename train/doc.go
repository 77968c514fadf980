// Package train finds the weights of a flow.
//
// MaximumLikelihood minimises −mean log p(x) over the rows of a table by Adam on minibatches, with warm-up and a cosine schedule, decoupled
// weight decay, clipping of the gradient's norm, averaged weights, validation, early stop, and a guard against rows and steps that are
// not finite. FromSource does so with batches from a stream. Tables come in preprocessed (see package data): the numbers here are
// those that the flow computes in. Minimize trains on any objective that needs no data, such as a reverse divergence.
//
// One seed gives the same weights, bit for bit, with any number of threads, and so does a training that was interrupted and
// resumed from its Checkpoint. A step allocates nothing.
package train

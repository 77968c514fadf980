// Package transfer says where the elements of a flow's parameters come from in another library's, so that trained weights can be taken over,
// and, read backwards, gradients compared.
package transfer

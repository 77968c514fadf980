// Package model keeps a trained flow in one self-describing file: a safetensors file with the weights by name, and with the recipe, the
// columns, the preprocessing, the seed and a summary of the training in its metadata. docs/model-format.md
// describes it exactly.
//
// Loading runs no code and believes nothing: a checksum covers every byte, and whatever contradicts itself is an error that wraps
// fault.ErrModel and says what and where. Equal models give equal files, byte for byte. Writing is atomic.
//
// Compile makes a Density of a model, which scores and draws rows in the data's own units.
package model

// Package torchfile reads the files that PyTorch's torch.save writes of state dicts, without running anything in them.
//
// Such a file is a pickle, a program for a stack machine, with the numbers of its tensors beside it: in a zip archive (data.pkl, data/0, data/1, …)
// since PyTorch 1.6, one after the other in the legacy format. A pickle can call any function of Python. This reader knows the opcodes that
// build numbers, strings, tuples, lists and dicts, and the few names that tensors are made of (globals.go); every other opcode or name
// is an error that says which. Nothing is looked up, imported or called.
//
// Memory is bounded by the size of the file: archives hold their numbers uncompressed, no length is believed before it is compared with the bytes
// that there are, and a tensor has no more elements than its storage, or a few thousand. All errors wrap fault.ErrModel.
package torchfile

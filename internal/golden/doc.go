// Package golden holds what other libraries computed, in float64, for transforms, bases, conditioners and whole flows, and the tests that our
// pieces compute the same: values, log-determinants, log-densities and gradients, at each case's own tolerances.
//
// The files of testdata were made by zuko 1.6.0, nflows 0.14, normflows 1.7.3 and flowjax 19.1.2 (PyTorch 2.15, JAX 0.10). One file is
// one case; its metadata says which call of which library made it and how large the errors may be. DIFFEO_GOLDEN
// names another folder of such files. A case is in the table of builders or, by name, in the table of those whose family
// is not built yet; one that is in neither fails.
package golden

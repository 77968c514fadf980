// Package dequant fits flows to whole numbers by noise that is learned: variational dequantization (Ho et al., arXiv 1902.00275, section 3.1; Hoogeboom et al., arXiv
// 2001.11235).
//
// Whole numbers x have probabilities. A flow has a density p, which gives them one as the integral over a cell, and a density q(u|x) on (0, 1)^D bounds that:
//
//	P(x) = ∫ p(x + u) du,  log P(x) ≥ E_q[log p(x + u) − log q(u|x)]
//
// With q uniform this is what adding noise from 0 to 1 maximizes. The gap is KL(q(u|x)‖p(x + u)/P(x)): with uniform noise p has to be flat within the cells, and what it
// learns of their edges tells nothing about x, but a q that is a flow too goes where p is large. The average of n weights inside the
// logarithm is a tighter bound (Burda et al., arXiv 1509.00519), and goes to log P(x) with n: Compiled.LogProb.
//
// After training the flow is used as any other: its weights are among those of the Model under its own names, so that diffeo.Compile of Model.Density takes
// them, and what it draws is rounded down.
package dequant

// Package diffeo is normalizing flows: exact, samplable probability densities that are learned from data.
//
// # Conventions
//
// They are stated here once and hold everywhere.
//
// A flow is a base density p_u and a diffeomorphism T = T_K ∘ … ∘ T_1 with x = T(u).
//
//	Forward   base → data, x = T(u): what sampling runs
//	Inverse   data → base, u = T⁻¹(x): what scoring runs
//	logDet    log |det J| of the map just applied, one number a row; those of the two directions cancel
//	log p(x)  = log p_u(T⁻¹(x)) + log |det J_{T⁻¹}(x)|, in nats
//
// Maps that are composed are listed in the order in which Forward applies them; their log-determinants add.
//
// So the flow with the base N(0, 1) and the one transform Exp, x = eᵘ, is the log-normal density: log p(x) = −½ log² x − ½ log 2π − log x.
//
// Models are written for one row (one data point): a vector has shape [D], a log-determinant shape []. Batches appear only
// here, as a Matrix whose rows are the points; results go into slices that the caller owns. A condition (context) is
// a row of its own, and the density is that of the row given the condition.
//
// # Use
//
// A Flow, from package recipe or put together by hand, is a description without weights and number type. Compile joins it with
// weights and returns what runs:
//
//	f, err := recipe.MAF(recipe.Config{Dim: 2})
//	params, err := diffeo.Init(f, seed)
//	c, err := diffeo.Compile[float32](f, params, diffeo.Options{})
//	err = c.LogProb(ctx, x, diffeo.Matrix[float32]{}, out)
//
// Package train finds weights, package model keeps them in a file together with everything that makes sense of them.
//
// A row's result depends on the row, the weights and the instruction set only: not on the rows beside it, the size of the
// batch or the number of threads. Random numbers are a function of the seed and the number of the row.
//
// Errors wrap the sentinels below and say what, where and what to do; test them with errors.Is.
package diffeo

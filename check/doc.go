// Package check asks of a fitted model whether its numbers can be trusted: whether its two directions undo each other, whether its
// log-determinants are those of its maps, whether scores are finite, whether the density integrates to 1, whether the Jacobian of the
// preprocessing is in it, and whether held-out rows look like draws from it.
//
// Each question is answered by a number, a bound and a verdict. What is compared with never stands on what is checked: Jacobians are by
// differences in float64, the integral's points come from densities that know nothing of the model's log-determinants, and the
// uniformity of held-out rows is judged by the base's own distribution function, by draws, and by a classifier that is trained to tell them.
//
// docs/check.md says what each verdict means and what it cannot see.
package check

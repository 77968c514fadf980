// Package plot draws pictures of a fitted density, to look at and to publish: a corner plot of data against draws, densities of one and two columns
// with contours, what each layer of a flow does to a grid, the curves of a training, and calibration.
//
// Its functions take plain numbers and know nothing of files of models. A Picture is drawn on the canvas of gonum.org/v1/plot/vg, as PNG or SVG. The axes
// are this package's own: it has to know where every label goes, so that none overlaps another, and gonum's plot package would bring twelve fonts
// and two megabytes into the command where one font is used.
//
// Colours are those of Okabe and Ito for kinds of things and viridis for amounts, which people who do not tell red from green see too; dashes and
// fills differ besides. Labels are in Liberation Sans, 14 pixels, whose capitals and digits are more than 9 pixels high. Where x and y mean the
// same, a unit is as long on both.
package plot

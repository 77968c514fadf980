// Package data brings tables in and out: CSV (also tab- or semicolon-separated) and npy, plain or gzipped.
//
// A table is rows of float64 numbers in named columns. Open streams a file in batches, so that a file of any length is
// read in bounded memory; ReadTable reads all of it; CreateTable writes a file that is whole or absent; Split
// divides rows into training, validation and test parts.
//
// Every cell that is read must be a finite number. Text, an empty cell, NaN, an infinity or a number beyond
// float64 is an error that wraps fault.ErrData and names the file, the row, the column and the cell.
// Data rows are counted from 1; the line of a CSV file is given beside the row, because the header and
// quoted line breaks set them apart. Missing values are the caller's to decide about, never filled in here.
package data

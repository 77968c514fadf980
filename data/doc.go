// Package data brings tables in and out: Parquet, CSV (also separated by tabs, semicolons or |) and npy, plain or gzipped, and npz.
//
// A table is rows of float64 numbers in named columns. Open streams a file in batches, so that a file of any length is
// read in bounded memory; OpenShuffled streams one in random order; ReadTable reads all of it; CreateTable writes a file that is whole
// or absent; Split and Parts divide rows into training, validation and test parts.
//
// Every cell that is read must be a finite number. Text, an infinity or a number beyond float64 is an error that wraps fault.ErrData and
// names the file, the row, the column and the cell; so is a missing value, unless Options.Missing says to drop such rows.
// The name of a table may also be the address of a PostgreSQL database, postgres://…, with a query in Options.Query or a table
// name in the address (?table=…): its rows are streamed in the same way. No message holds the address's password.
//
// OpenImages and ReadImages read sets of pictures: folders of PNG and JPEG, IDX (MNIST), CIFAR, npy of uint8. Split, Parts and Flips serve them too.
//
// Toys are densities of two columns that are known, for trying flows on.
//
// Data rows are counted from 1; the line of a CSV file is given beside the row, because the header and
// quoted line breaks set them apart. Missing values are never filled in here.
package data

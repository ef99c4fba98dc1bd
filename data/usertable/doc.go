// Package usertable reads a person's own benchmark: a table of one row a training run, as
// CSV with commas, semicolons or tabs, such CSV in gzip, or Parquet, with these columns in any
// order:
//
//	arch      text that space.Read reads: the space's notation, a genome, a key, a published name
//	val       the metric on validation data; empty, NaN or infinite where the run failed
//	test      the metric on test data; optional
//	cost      seconds, of a failed run too; optional
//	fidelity  epochs, a whole number above 0; optional
//	seed      of the run, a whole number from 0; optional, tells repeats apart
//
// An architecture need not have rows of every fidelity. A cell of test, cost or a further
// column may be empty, which NaN, and null in Parquet, are too.
//
// Rows whose architectures have the same canonical form are of one architecture, however they
// are written; of nb201 alone isomorphic cells are told apart. Two rows of one architecture,
// fidelity and seed are one if their numbers are equal, and refused if not.
//
// Every other column of numbers is kept as a further one; every other column of text is
// ignored and named in the table's notes.
package usertable

// Package parquet reads the columns of numbers and text at the top of a Parquet file, a group of rows
// at a time, in memory that is bounded whatever the file says of itself.
//
// The readers of parquet-go trust a file: a flipped bit makes them take all memory, or loop. So only
// its description of the format is used here. Pages are read by us, every length compared with the
// bytes that are there.
package parquet

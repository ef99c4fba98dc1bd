// Package words puts errors and paths into words that stand on one line of a terminal.
package words

// Package progress reports on standard error what works: a bar on a terminal, lines elsewhere, nothing where it is to
// be quiet. A terminal that cannot be written to stops no work.
package progress

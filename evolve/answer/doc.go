// Package answer has a benchmark answer queries line by line, for loops that are written elsewhere. docs/programs.md
// has the lines.
package answer

// Package command is a searcher that is a program of the user's in any language: Amoeba asks it for architectures by
// JSON lines on its standard input and reads its answers from its standard output. docs/programs.md has the protocol.
package command

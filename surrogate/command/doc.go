// Package command is the benchmark whose trials a program of the user's scores, in any language: one process a trial.
// docs/programs.md has the lines that it reads and writes.
package command

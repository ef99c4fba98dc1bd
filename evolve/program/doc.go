// Package program runs a program of the user's as a child, in a process group of its own of which nothing is left when
// the child has ended, with what it prints kept in bounded memory.
package program

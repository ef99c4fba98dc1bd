// Package flags has flags whose numbers have a range: --help prints it, and a value is held to it as it is read, before a
// folder is made, a file opened or memory taken.
package flags

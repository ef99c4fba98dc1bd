// Package checked writes and reads JSON objects that carry a checksum: a line each, or one a file.
// It knows nothing of their other keys. docs/journal.md describes the format.
package checked

// Package lines answers a text line by line: in bounded memory, whatever the length of a line, and without making
// whoever writes a line and waits for its answer wait.
package lines

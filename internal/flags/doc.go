// Package flags has flags that are held to what they may be before a folder is made, a file opened or memory taken:
// numbers to a range, which --help prints, and names of what is written to what may stand under them.
package flags

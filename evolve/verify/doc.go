// Package verify is what a check of a folder says, file by file. Who checks knows the files.
package verify

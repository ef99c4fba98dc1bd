// Package grid reads a spec whose options have several values, such as regevo,population=10|25,sample=2|5, and writes
// out the specs that it stands for, one for each combination of the values.
package grid

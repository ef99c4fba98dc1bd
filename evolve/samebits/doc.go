// Package samebits has the functions of the standard library whose last bits are not the same
// in every build, made the same. The language lets a compiler fuse a multiplication and the
// addition after it, which rounds once instead of twice: GOAMD64=v3 does so in the library's
// own loops, GOAMD64=v1 does not. Here every product that is added to is rounded first, by an
// explicit conversion, as the language says; so each function gives the bits that the
// library's gives in a build of GOAMD64=v1.
//
// [math.Sqrt], [math.FMA] and all that only looks at bits or rounds to a whole number are exact
// in every build. [math.Exp] and [math.Log] are assembly on amd64, which no build changes, but
// Exp fuses where the processor can: kernel.Name of the training engine says which it was.
package samebits

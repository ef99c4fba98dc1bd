// Package kernel holds the loops in which training spends its time, in assembly where the
// processor has AVX2 and FMA, or AVX-512, and in Go everywhere.
//
// Activations are laid out [pixel][channel][lane]: a pixel is a place in the image (row by
// row), a lane an image of the batch. Lanes are contiguous and padded to a multiple of
// [Lanes], so that every operation is a loop over whole vectors, whatever the kernel,
// stride, dilation or padding: which pixels an output pixel reads is a list, [Taps], made
// once. Padding is never stored and never multiplied. What the unused lanes hold is
// anybody's guess in an activation and zero in a gradient.
package kernel

// Float is the type of a kernel's numbers; assembly serves float32.
type Float interface{ float32 | float64 }

// Lanes is the multiple to which batches are padded: one vector of AVX-512.
const Lanes = 16

// Pad rounds a batch up to whole vectors.
func Pad(batch int) int { return (batch + Lanes - 1) / Lanes * Lanes }

// Package conform compares a device with the processor, operation by operation, on random shapes and numbers: forward,
// gradients, what an operation keeps, and the results that it leaves for the host.
//
// A difference is the largest between the two sides, relative to the largest magnitude on the processor. It is at most
// 1e-12 in float64; in float32 at most 1e-6 for shapes of up to 40 channels, 100 pixels and 100 images, and 4e-6 for
// larger ones. A gradient that is one sum is compared relative to what the sum adds up. The processor's own sums are
// rounded too, and not in the same order: where the two differ by more, the case is computed in float64, and the
// device must be within the bound of that, or closer to it than the processor is.
// [Line] counts such cases apart.
//
// A NaN must be one on both sides. Five repetitions, and the steps of all operations joined, must have the same bits.
package conform

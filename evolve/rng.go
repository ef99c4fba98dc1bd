package evolve

import "math/rand/v2"

// Mix turns a seed and a number into a well-spread seed (the finaliser of SplitMix64:
// Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
func Mix(seed, n uint64) uint64 {
	z := seed + n*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Stream returns the named stream of a seed. Streams are independent: a new consumer
// shifts nobody else's numbers.
func Stream(seed uint64, label string) *rand.Rand {
	h := uint64(0xcbf29ce484222325) // FNV-1a, 64 bits
	for i := range len(label) {
		h = (h ^ uint64(label[i])) * 0x100000001b3
	}
	return rand.New(rand.NewPCG(Mix(seed, h), Mix(h, seed)))
}

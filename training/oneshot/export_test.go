package oneshot

import (
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/training"
)

// spoil puts noise in the place of some images.
func spoil(d *training.Data, images []int) {
	for _, i := range images {
		r, pixels := rand.New(rand.NewPCG(5, uint64(i))), d.Set.Image(i)
		for k := range pixels {
			pixels[k] = byte(r.IntN(d.Set.Max + 1))
		}
	}
}

// SpoilTest spoils the test images of a benchmark.
func (b *Benchmark) SpoilTest() { spoil(b.data, b.data.Split.Test) }

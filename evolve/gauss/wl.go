package gauss

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// Graph is a graph without cycles whose vertices have labels: its vertex i reads the earlier vertices whose bits are
// set in Reads[i].
type Graph struct {
	Labels []int
	Reads  []uint64
}

// Histogram counts labels, which rise.
type Histogram []Count

// Count is how often a label is there.
type Count struct {
	Label uint64
	N     int
}

// WL is the histograms of Weisfeiler and Lehman's labels (Shervashidze et al., JMLR 12, 2011; of networks: Ru et al.,
// ICLR 2021, arXiv:2006.07556): that of round 0 counts the labels of the vertices, and each further round adds the
// labels that say of each vertex its own and those of the vertices that it reads. Graphs after one another are told
// apart by their places. Isomorphic graphs have the same histograms. Labels are numbers of 64 bits, mixed: two
// different ones are the same by accident as good as never.
func WL(rounds int, graphs ...Graph) []Histogram {
	out := make([]Histogram, rounds+1)
	var all []uint64
	now := make([][]uint64, len(graphs))
	for k, g := range graphs {
		for _, label := range g.Labels {
			now[k] = append(now[k], mixed(mixed(1, uint64(k)), uint64(label)))
		}
		all = append(all, now[k]...)
	}
	out[0] = count(all)
	var read []uint64
	for round := 1; round <= rounds; round++ {
		for k, g := range graphs {
			next := make([]uint64, len(g.Labels))
			for i, reads := range g.Reads {
				read = read[:0]
				for ; reads != 0; reads &= reads - 1 {
					read = append(read, now[k][bits.TrailingZeros64(reads)])
				}
				slices.Sort(read)
				next[i] = mixed(uint64(round)+1, now[k][i])
				for _, label := range read {
					next[i] = mixed(next[i], label)
				}
			}
			now[k] = next
			all = append(all, next...)
		}
		out[round] = count(all)
	}
	return out
}

// mixed is a number that depends on both and their order: the finaliser of SplitMix64.
func mixed(a, b uint64) uint64 {
	z := a*0x9e3779b97f4a7c15 + b
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func count(labels []uint64) (h Histogram) {
	for _, label := range slices.Sorted(slices.Values(labels)) {
		if n := len(h); n > 0 && h[n-1].Label == label {
			h[n-1].N++
		} else {
			h = append(h, Count{label, 1})
		}
	}
	return h
}

// dot is the inner product of two histograms.
func (h Histogram) dot(o Histogram) (sum int) {
	for len(h) > 0 && len(o) > 0 {
		switch cmp.Compare(h[0].Label, o[0].Label) {
		case -1:
			h = h[1:]
		case 1:
			o = o[1:]
		default:
			sum += h[0].N * o[0].N
			h, o = h[1:], o[1:]
		}
	}
	return sum
}

// Similarity is the cosine of the angle between two histograms: 1 for the same.
func (h Histogram) Similarity(o Histogram) float64 {
	norm := float64(h.dot(h)) * float64(o.dot(o))
	if norm == 0 {
		return 0
	}
	return float64(h.dot(o)) / math.Sqrt(norm)
}

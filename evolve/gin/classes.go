package gin

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// class is what tells vertices apart before a layer.
type class struct {
	own   int32   // the class before the layer below; the column of the label before the first, -1 where there is none
	reads []int32 // classes of the vertices that are read, rising
}

// share is how many vertices of an example are of a class.
type share struct {
	class int32
	n     float64
}

// example is what vertices it has, after each layer.
type example struct {
	vertices float64
	shares   [layers][]share
}

// classify returns the classes of all examples: those of labels, and those after each layer.
func classify(n *Net, x [][]Graph) (examples []example, classes [layers + 1][]class) {
	labels := map[place]int32{}
	var known [layers]map[string]int32
	for l := range known {
		known[l] = map[string]int32{}
	}
	var key []byte
	var read []int32
	for _, graphs := range x {
		var e example
		for k, g := range graphs {
			now := make([]int32, len(g.Labels))
			for v, label := range g.Labels {
				id, ok := labels[place{k, label}]
				if !ok {
					id = int32(len(labels))
					labels[place{k, label}] = id
					column, ok := n.labels[place{k, label}]
					if !ok {
						column = -1
					}
					classes[0] = append(classes[0], class{own: int32(column)})
				}
				now[v] = id
			}
			e.vertices += float64(len(now))
			for l := range layers {
				next := make([]int32, len(now))
				for v := range now {
					read = read[:0]
					for r := g.Reads[v]; r != 0; r &= r - 1 {
						read = append(read, now[bits.TrailingZeros64(r)])
					}
					slices.Sort(read)
					key = binary.LittleEndian.AppendUint32(key[:0], uint32(now[v]))
					for _, c := range read {
						key = binary.LittleEndian.AppendUint32(key, uint32(c))
					}
					id, ok := known[l][string(key)]
					if !ok {
						id = int32(len(classes[l+1]))
						known[l][string(key)] = id
						classes[l+1] = append(classes[l+1], class{now[v], slices.Clone(read)})
					}
					next[v] = id
				}
				now = next
				e.shares[l] = append(e.shares[l], count(now)...)
			}
		}
		for l := range e.shares {
			slices.SortFunc(e.shares[l], func(a, b share) int { return int(a.class - b.class) })
		}
		examples = append(examples, e)
	}
	return examples, classes
}

// count counts classes. Those of different graphs of an example differ, since their labels do.
func count(all []int32) (s []share) {
	for _, c := range slices.Sorted(slices.Values(all)) {
		if k := len(s); k > 0 && s[k-1].class == c {
			s[k-1].n++
		} else {
			s = append(s, share{c, 1})
		}
	}
	return s
}

package space

import (
	"slices"
	"strings"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
)

// nb201Twins maps the rank of a cell to the lowest rank among the cells that compute the
// same sum of nested operations once edges without signal are dropped and skips dissolved:
// 4,930 classes.
var nb201Twins = sync.OnceValue(func() *[NB201Size]uint16 {
	twins := new([NB201Size]uint16)
	first := make(map[string]uint16, 4930)
	for rank := range twins {
		key := nb201Expression(nb201Digits(nb201Archs[rank]))
		if _, ok := first[key]; !ok {
			first[key] = uint16(rank)
		}
		twins[rank] = first[key]
	}
	return twins
})

// nb201Expression writes the output as a sorted sum in which a skip is its source's terms.
func nb201Expression(ops [6]int) string {
	node := [4][]string{{"x"}}
	e := 0
	for to := 1; to < 4; to++ {
		for from := range to {
			switch src := node[from]; {
			case ops[e] == nb201None || len(src) == 0:
			case ops[e] == nb201Skip:
				node[to] = append(node[to], src...)
			default:
				node[to] = append(node[to], string(rune('0'+ops[e]))+"("+strings.Join(src, "+")+")")
			}
			e++
		}
		slices.Sort(node[to])
	}
	return strings.Join(node[3], "+")
}

func nb201Structure(a evolve.Arch) []float64 {
	ops := nb201Digits(nb201Archs[nb201Twins()[nb201Rank(a)]])
	f := nb201OneHot(nil, ops)
	// chains
	var chains [40]float64
	var perOp [5]float64
	for _, op := range ops {
		perOp[op]++
	}
	type st struct{ n, c1, c3, p, conv int }
	var paths []st
	maxLen, maxConv, minConv, maxC3, bare, live, sumConv, minLen, maxRF := 0, 0, 9, 0, 0, 0, 0, 9, 0
	for _, path := range nb201Paths {
		idx, base, n := 0, 1, 0
		var s st
		dead := false
		for _, e := range path {
			switch ops[e] {
			case nb201None:
				dead = true
			case nb201Skip:
				continue
			case nb201Conv1:
				s.c1++
			case nb201Conv3:
				s.c3++
			case nb201Pool:
				s.p++
			}
			idx += base * (ops[e] - 1)
			base *= 3
			n++
		}
		if dead {
			continue
		}
		s.n = n
		s.conv = s.c1 + s.c3
		paths = append(paths, s)
		chains[idx]++
		live++
		maxLen = max(maxLen, n)
		minLen = min(minLen, n)
		maxConv = max(maxConv, s.conv)
		minConv = min(minConv, s.conv)
		maxC3 = max(maxC3, s.c3)
		maxRF = max(maxRF, s.c3+s.p)
		sumConv += s.conv
		if n == 0 {
			bare++
		}
	}
	f = append(f, chains[:]...)
	f = append(f, perOp[:]...)
	in := 0
	for e := 3; e < 6; e++ {
		if ops[e] != 0 {
			in++
		}
	}
	out := 0
	for _, e := range []int{0, 1, 3} {
		if ops[e] != 0 {
			out++
		}
	}
	poolEnd, poolOnly, c3only, c1only := 0, 0, 0, 0
	for _, s := range paths {
		if s.p > 0 {
			poolEnd++
		}
		if s.p > 0 && s.conv == 0 {
			poolOnly++
		}
		if s.c3 > 0 {
			c3only++
		}
		if s.c1 > 0 && s.c3 == 0 {
			c1only++
		}
	}
	for _, v := range []int{maxLen, minLen, maxConv, minConv, maxC3, maxRF, sumConv, live, bare, in, out, poolEnd, poolOnly, c3only, c1only,
		int(perOp[2] + perOp[3]), int(perOp[2] + 2*perOp[3])} {
		f = append(f, float64(v))
	}
	slices.SortFunc(paths, func(a, b st) int {
		if d := b.conv - a.conv; d != 0 {
			return d
		}
		if d := b.c3 - a.c3; d != 0 {
			return d
		}
		return b.p - a.p
	})
	for i := range 4 {
		var s st
		if i < len(paths) {
			s = paths[i]
		} else {
			s = st{-1, -1, -1, -1, -1}
		}
		f = append(f, float64(s.n+1), float64(s.c1+1), float64(s.c3+1), float64(s.p+1))
	}
	return f
}

package images

import (
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Split says which images each phase sees: numbers of a [Set] in ascending order, no image in
// two of them. Classes are spread over the parts in proportion. It depends on the set alone and
// never on a study's seed, so that all studies see the same test images.
//
// Test is the official test part and Val is drawn from the official training part: 10,000 of
// 60,000 for MNIST and Fashion-MNIST, 5,000 of 50,000 for CIFAR (45,000 are left to train on,
// as in Real et al., AAAI 2019, arXiv:1802.01548). The digits have no official parts here: a
// fifth each for Val and Test.
type Split struct{ Train, Val, Test []int }

// split draws the parts of a set.
func (i Info) split(s *Set) Split {
	r := evolve.Stream(0, "split") // fixed: the split is a property of the set
	var p Split
	for k := range s.Len() {
		if k < s.train {
			p.Train = append(p.Train, k)
		} else {
			p.Test = append(p.Test, k)
		}
	}
	if len(p.Test) == 0 {
		p.Test, p.Train = s.stratified(p.Train, i.Test, r)
	}
	p.Val, p.Train = s.stratified(p.Train, i.Val, r)
	return p
}

// Subset draws k of some images, each class its share, always the same for a set: a smaller
// training part for searches that cannot pay for the whole.
func (s *Set) Subset(from []int, k int) []int {
	taken, _ := s.stratified(from, k, evolve.Stream(0, "subset"))
	return taken
}

// stratified draws k of some images so that each class gives its share, by largest remainder,
// and returns them and the others.
func (s *Set) stratified(from []int, k int, r *rand.Rand) (taken, rest []int) {
	k = min(k, len(from))
	byClass := make([][]int, s.Classes)
	for _, i := range from {
		byClass[s.labels[i]] = append(byClass[s.labels[i]], i)
	}
	quota, order := make([]int, s.Classes), make([]int, s.Classes)
	left := k
	for c, of := range byClass {
		quota[c], order[c] = k*len(of)/len(from), c
		left -= quota[c]
	}
	remainder := func(c int) int { return k * len(byClass[c]) % len(from) }
	slices.SortStableFunc(order, func(a, b int) int { return remainder(b) - remainder(a) })
	for _, c := range order[:left] { // fewer are left than classes have a remainder
		quota[c]++
	}
	for c, of := range byClass {
		r.Shuffle(len(of), func(a, b int) { of[a], of[b] = of[b], of[a] })
		taken, rest = append(taken, of[:quota[c]]...), append(rest, of[quota[c]:]...)
	}
	slices.Sort(taken)
	slices.Sort(rest)
	return taken, rest
}

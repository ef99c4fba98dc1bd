package space

import "github.com/amoeba-nas/amoeba/evolve"

// Mortal is a space some of whose architectures are dead: they have no path from input to output, so that no signal
// reaches what the network predicts. Such networks are valid, small, fast and no better than a guess.
type Mortal interface {
	Dead(evolve.Arch) bool // of a valid architecture
}

// MortalOf finds the ability in a space, or in the space that a pool is a part of.
func MortalOf(s evolve.Space) (Mortal, bool) {
	whole, _ := Base(s)
	m, ok := whole.(Mortal)
	return m, ok
}

// fourNodesCut says of a cell of four nodes and the edges of [NB201Edges] that no path of operations other than 0
// leads from the first node to the last.
func fourNodesCut(a evolve.Arch) bool {
	reached := [4]bool{true, false, false, false}
	for i, e := range NB201Edges { // in the order of their targets
		reached[e[1]] = reached[e[1]] || reached[e[0]] && a[i] != '0'
	}
	return !reached[3]
}

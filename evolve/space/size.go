package space

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// NATSSize is the size space of NATS-Bench (Dong et al., TPAMI 2021, arXiv:2009.00437): the
// channels of the stem and the first cell, the first residual block, the second cell, the
// second residual block and the third cell, each 8, 16, …, 64. An Arch is five digits, channels/8 - 1.
// Its base-8 number is the official index.
type NATSSize struct{ digitsListed[sizeSpec] }

type sizeSpec struct{}

func (sizeSpec) core() *digits { return sizeDigits }

// sizeChannels are the channels by digit, as the published strings write them.
var sizeChannels = [8]string{"8", "16", "24", "32", "40", "48", "56", "64"}

var sizeDigits = newDigits("size", numbered("place", 5), slices.Repeat([]string{"01234567"}, 5)...).
	graphed(sizeGraf, sizeGraf.digits('0'))

// sizeGraf: a chain of places, asked how many have 16 channels or more, 24 or more, …
var sizeGraf = &graf{graphs: 2, sources: 1, sinks: 1, sets: grafRisingSets(8)}

func init() {
	evolve.Spaces.Register(evolve.Entry[evolve.Space]{
		Name:  "size",
		Doc:   "NATS-Bench size space: 8 channel numbers at 5 places, 32,768 networks",
		Paper: "Dong, Liu, Musial and Gabrys, TPAMI 2021, arXiv:2009.00437",
		New:   func(evolve.Options) (evolve.Space, error) { return NATSSize{}, nil },
	})
}

// Mutations: nats redraws one uniformly chosen place over all eight numbers, so that one
// child in eight is its parent (AutoDL-Projects, regularized_ea.py); one gives it another.
func (NATSSize) Mutations() []string { return []string{"nats", "one"} }

// Mutation returns a named operator.
func (s NATSSize) Mutation(name string) (evolve.Mutation, error) {
	switch name {
	case "nats":
		return sizeNats, nil
	case "one":
		return sizeDigits.one, nil
	}
	return nil, evolve.Unknown("size mutation", name, s.Mutations())
}

func sizeNats(a evolve.Arch, r *rand.Rand) evolve.Arch {
	k := r.IntN(5 * 8)
	return sizeDigits.arch(sizeDigits.step(a, k>>3, k&7))
}

// Parse reads the published string, such as 8:8:8:16:40, or five digits.
func (s NATSSize) Parse(text string) (evolve.Arch, error) {
	if !strings.Contains(text, ":") {
		return s.Canon(evolve.Arch(text))
	}
	rank, n := int64(0), 0
	for part := range strings.SplitSeq(text, ":") {
		if n++; n > 5 {
			break
		}
		digit := slices.Index(sizeChannels[:], part)
		if digit < 0 {
			return "", fmt.Errorf("size: %s: number %d is %s, want one of %s: %w",
				clip(text), n, clip(part), strings.Join(sizeChannels[:], ", "), evolve.ErrInvalid)
		}
		rank = rank<<3 + int64(digit)
	}
	if n != 5 {
		return "", fmt.Errorf("size: %s: want five numbers of channels with : between them: %w",
			clip(text), evolve.ErrInvalid)
	}
	return sizeDigits.arch(rank), nil
}

// Format prints the published string.
func (NATSSize) Format(a evolve.Arch) string {
	var parts [5]string
	for i := range parts {
		parts[i] = sizeChannels[a[i]-'0']
	}
	return strings.Join(parts[:], ":")
}

// Hash is the official index as text.
func (s NATSSize) Hash(a evolve.Arch) string { return strconv.Itoa(s.Index(a)) }

// Find returns the network of an official index.
func (s NATSSize) Find(hash string) (evolve.Arch, error) { return findIndex(s, hash) }

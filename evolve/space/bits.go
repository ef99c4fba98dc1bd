package space

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Bits is the simulated search space of Real et al. (AAAI 2019, arXiv:1802.01548,
// appendix): strings of Length bits. An Arch is that many characters 0 and 1.
type Bits struct{ Length int }

// BitsLength is the published length. MaxBits keeps an architecture below a megabyte.
const (
	BitsLength = 100
	MaxBits    = 1_000_000
)

func init() {
	evolve.Spaces.Register(evolve.Entry[evolve.Space]{
		Name:  "bits",
		Doc:   "bit strings, the simulated search space of the regularized-evolution paper",
		Paper: "Real, Aggarwal, Huang and Le, AAAI 2019, arXiv:1802.01548",
		Params: []evolve.Param{
			evolve.Int("length", BitsLength, 1, MaxBits, "D, the number of bits"),
		},
		New: func(o evolve.Options) (evolve.Space, error) {
			return Bits{o.Int("length")}, nil
		},
	})
}

func (Bits) Name() string { return "bits" }

// Sample draws every bit fairly.
func (b Bits) Sample(r *rand.Rand) evolve.Arch {
	text := make([]byte, b.Length)
	var word uint64
	for i := range text {
		if i%64 == 0 {
			word = r.Uint64()
		}
		text[i] = '0' + byte(word&1)
		word >>= 1
	}
	return evolve.Arch(text)
}

// Canon is the identity on valid strings: each is a network of its own.
func (b Bits) Canon(a evolve.Arch) (evolve.Arch, error) {
	if len(a) != b.Length {
		return "", fmt.Errorf("bits: %s: want %d bits (the option length), this has %d characters: %w",
			clip(string(a)), b.Length, len(a), evolve.ErrInvalid)
	}
	for i := range len(a) {
		if a[i] != '0' && a[i] != '1' {
			return "", fmt.Errorf("bits: %s: character %d is %q, not 0 or 1: %w",
				clip(string(a)), i+1, a[i], evolve.ErrInvalid)
		}
	}
	return a, nil
}

// Parse reads the bits.
func (b Bits) Parse(text string) (evolve.Arch, error) { return b.Canon(evolve.Arch(text)) }

// Format prints the bits.
func (b Bits) Format(a evolve.Arch) string { return string(a) }

// Mutations: flip changes exactly one uniformly chosen bit, as published.
func (Bits) Mutations() []string { return []string{"flip"} }

// Mutation returns a named operator.
func (b Bits) Mutation(name string) (evolve.Mutation, error) {
	if name != "flip" {
		return nil, evolve.Unknown("bits mutation", name, b.Mutations())
	}
	return func(a evolve.Arch, r *rand.Rand) evolve.Arch { return flip(a, r.IntN(len(a))) }, nil
}

func flip(a evolve.Arch, i int) evolve.Arch {
	text := []byte(a)
	text[i] ^= 1
	return evolve.Arch(text)
}

// Neighbors are the strings one flip away.
func (Bits) Neighbors(dst []evolve.Arch, a evolve.Arch) []evolve.Arch {
	for i := range len(a) {
		dst = append(dst, flip(a, i))
	}
	return dst
}

// Cross takes each bit from either parent with equal chance.
func (Bits) Cross(a, b evolve.Arch, r *rand.Rand) evolve.Arch {
	text := []byte(a)
	var word uint64
	for i := range text {
		if i%64 == 0 {
			word = r.Uint64()
		}
		if word&1 != 0 {
			text[i] = b[i]
		}
		word >>= 1
	}
	return evolve.Arch(text)
}

// Decisions are the bits.
func (b Bits) Decisions() []evolve.Decision { return optionsEach(2, numbered("bit", b.Length)) }

// Choose returns the string of its bits.
func (b Bits) Choose(x []float64) (evolve.Arch, error) {
	if err := decided("bits", b.Decisions(), x); err != nil {
		return "", err
	}
	text := make([]byte, len(x))
	for i, v := range x {
		text[i] = '0' + byte(v)
	}
	return evolve.Arch(text), nil
}

// Choices are the bits as numbers.
func (Bits) Choices(dst []float64, a evolve.Arch) []float64 {
	for i := range len(a) {
		dst = append(dst, float64(a[i]-'0'))
	}
	return dst
}

// Encodings: onehot is the bits themselves.
func (Bits) Encodings() []string { return []string{"onehot"} }

// Encode appends Length numbers 0 or 1.
func (b Bits) Encode(dst []float64, encoding string, a evolve.Arch) ([]float64, error) {
	if encoding != "onehot" {
		return dst, evolve.Unknown("bits encoding", encoding, b.Encodings())
	}
	if _, err := b.Canon(a); err != nil {
		return dst, err
	}
	for i := range len(a) {
		dst = append(dst, float64(a[i]-'0'))
	}
	return dst, nil
}

// Ones counts the ones of an arch.
func Ones(a evolve.Arch) int { return strings.Count(string(a), "1") }

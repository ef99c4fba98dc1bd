package space

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
)

// TNB101Macro is the space of skeletons of TransNAS-Bench-101 (Duan et al., CVPR 2021,
// arXiv:2105.11871): four to six modules, each of two residual blocks. An Arch is a digit
// a module: 1 plain, 2 double the width, 3 halve the resolution, 4 both. One to four
// modules halve and one to three double: 3,256 networks.
type TNB101Macro struct {
	// NASLib makes Sample draw as NASLib does: the number of modules, of those that halve
	// and of those that double, each uniform, and then their places.
	NASLib bool
}

// Limits of the space: modules, modules that halve the resolution, modules that double the width.
const (
	tnb101Least, tnb101Most = 4, 6
	tnb101Halve             = 4
	tnb101Double            = 3
)

// tnb101Macros are all skeletons, the shorter first and then by digits, and the place of
// each by its code.
type tnb101Macros struct {
	all   []evolve.Arch
	index [2 << (2 * tnb101Most)]int16
}

var tnb101List = sync.OnceValue(func() *tnb101Macros {
	l := new(tnb101Macros)
	var text [tnb101Most]byte
	for n := tnb101Least; n <= tnb101Most; n++ {
		for k := range 1 << (2 * n) {
			for i := range n {
				text[i] = '1' + byte(k>>(2*(n-1-i))&3)
			}
			if tnb101Open(text[:n]) {
				l.index[tnb101Code(text[:n])] = int16(len(l.all))
				l.all = append(l.all, evolve.Arch(text[:n]))
			}
		}
	}
	return l
})

type tnb101Text interface{ ~string | ~[]byte }

// tnb101Code numbers strings of the digits 1..4: two bits a digit after a leading one.
func tnb101Code[T tnb101Text](a T) int {
	code := 1
	for i := range len(a) {
		code = code<<2 | int(a[i]-'1')
	}
	return code
}

// tnb101Counts are how many modules halve the resolution and how many double the width.
func tnb101Counts[T tnb101Text](a T) (halve, double int) {
	for i := range len(a) {
		if a[i] == '3' || a[i] == '4' {
			halve++
		}
		if a[i] == '2' || a[i] == '4' {
			double++
		}
	}
	return halve, double
}

// tnb101Open says whether digits 1..4 are a network of the space.
func tnb101Open(a []byte) bool {
	halve, double := tnb101Counts(a)
	return len(a) >= tnb101Least && len(a) <= tnb101Most && halve >= 1 && halve <= tnb101Halve && double >= 1 &&
		double <= tnb101Double
}

// tnb101Kept is the listed arch of a valid text.
func tnb101Kept(a []byte) evolve.Arch {
	l := tnb101List()
	return l.all[l.index[tnb101Code(a)]]
}

// Name is the registered name.
func (TNB101Macro) Name() string { return "tnb101-macro" }

// Size is the number of networks.
func (TNB101Macro) Size() int { return len(tnb101List().all) }

// At returns the network of an index: the shorter come first, equal lengths by digits.
func (TNB101Macro) At(i int) evolve.Arch { return tnb101List().all[i] }

// Index returns the index of a valid network.
func (TNB101Macro) Index(a evolve.Arch) int { return int(tnb101List().index[tnb101Code(a)]) }

// Canon is the identity on valid genomes: each is a network of its own.
func (s TNB101Macro) Canon(a evolve.Arch) (evolve.Arch, error) {
	if len(a) < tnb101Least || len(a) > tnb101Most {
		return "", fmt.Errorf("tnb101-macro: %s: want %d to %d modules, one digit each, this has %d characters: %w",
			clip(string(a)), tnb101Least, tnb101Most, len(a), evolve.ErrInvalid)
	}
	for i := range len(a) {
		if a[i] < '1' || a[i] > '4' {
			return "", fmt.Errorf("tnb101-macro: %q: character %d is %q, not a module 1..4: %w",
				a, i+1, a[i], evolve.ErrInvalid)
		}
	}
	switch halve, double := tnb101Counts(a); {
	case halve < 1 || halve > tnb101Halve:
		return "", fmt.Errorf("tnb101-macro: %q: %d modules halve the resolution (3 and 4 do), want 1 to %d: %w",
			a, halve, tnb101Halve, evolve.ErrInvalid)
	case double < 1 || double > tnb101Double:
		return "", fmt.Errorf("tnb101-macro: %q: %d modules double the width (2 and 4 do), want 1 to %d: %w",
			a, double, tnb101Double, evolve.ErrInvalid)
	}
	return s.At(s.Index(a)), nil
}

// Sample draws every network with equal chance, or as NASLib does.
func (s TNB101Macro) Sample(r *rand.Rand) evolve.Arch {
	if !s.NASLib {
		l := tnb101List()
		return l.all[r.IntN(len(l.all))]
	}
	n, halve, double := tnb101Least+r.IntN(3), 1+r.IntN(tnb101Halve), 1+r.IntN(tnb101Double)
	var buf [tnb101Most]byte
	text := buf[:n]
	for i := range text {
		text[i] = '1'
		if i < halve {
			text[i] += 2
		}
	}
	shuffle := func() { r.Shuffle(n, func(i, j int) { text[i], text[j] = text[j], text[i] }) }
	shuffle()
	for i := range double {
		text[i]++
	}
	shuffle()
	return tnb101Kept(text)
}

// Mutations: one changes, drops or inserts one module, every such edit as likely, until
// the result is a network of the space. naslib draws one of the three numbers (modules,
// those that halve, those that double), gives it another value and places all modules
// anew, where those that double also halve as far as there are enough of both.
func (TNB101Macro) Mutations() []string { return []string{"one", "naslib"} }

// Mutation returns a named operator.
func (s TNB101Macro) Mutation(name string) (evolve.Mutation, error) {
	switch name {
	case "one":
		return tnb101One, nil
	case "naslib":
		return tnb101NASLib, nil
	}
	return nil, evolve.Unknown("tnb101-macro mutation", name, s.Mutations())
}

func tnb101One(a evolve.Arch, r *rand.Rand) evolve.Arch {
	var buf [tnb101Most + 1]byte
	for {
		if text := tnb101Edit(buf[:0], a, r.IntN(tnb101Edits(a))); tnb101Open(text) {
			return tnb101Kept(text)
		}
	}
}

// tnb101Edits is the number of single edits: three other digits at every place, dropping
// every place, four digits before every place and at the end.
func tnb101Edits(a evolve.Arch) int { return 3*len(a) + len(a) + 4*(len(a)+1) }

// tnb101Edit appends the result of edit k, which may be outside the space.
func tnb101Edit(dst []byte, a evolve.Arch, k int) []byte {
	dst, n := append(dst, a...), len(a)
	switch {
	case k < 3*n:
		dst[k/3] = '1' + (dst[k/3]-'1'+1+byte(k%3))%4
		return dst
	case k < 4*n:
		return slices.Delete(dst, k-3*n, k-3*n+1)
	}
	k -= 4 * n
	return slices.Insert(dst, k/4, '1'+byte(k%4))
}

func tnb101NASLib(a evolve.Arch, r *rand.Rand) evolve.Arch {
	halve, double := tnb101Counts(a)
	numbers := [3]int{len(a), halve, double}
	i := r.IntN(3)
	least, values := [3]int{tnb101Least, 1, 1}[i], [3]int{tnb101Most - tnb101Least + 1, tnb101Halve, tnb101Double}[i]
	numbers[i] = least + (numbers[i]-least+1+r.IntN(values-1))%values
	var buf [tnb101Most]byte
	text := buf[:numbers[0]]
	for i := range text {
		text[i] = '1'
		if i < numbers[1] {
			text[i] += 2
		}
		if i < numbers[2] {
			text[i]++
		}
	}
	r.Shuffle(len(text), func(i, j int) { text[i], text[j] = text[j], text[i] })
	return tnb101Kept(text)
}

// Neighbors are the networks one edit away, each once.
func (TNB101Macro) Neighbors(dst []evolve.Arch, a evolve.Arch) []evolve.Arch {
	var buf [tnb101Most + 1]byte
	n := len(dst)
	for k := range tnb101Edits(a) {
		if text := tnb101Edit(buf[:0], a, k); tnb101Open(text) {
			if b := tnb101Kept(text); !slices.Contains(dst[n:], b) {
				dst = append(dst, b)
			}
		}
	}
	return dst
}

// Cross takes the number of modules and each module from either parent with equal chance
// (from the longer where the other has none there), until the child is in the space.
func (TNB101Macro) Cross(a, b evolve.Arch, r *rand.Rand) evolve.Arch {
	var buf [tnb101Most]byte
	for {
		bits := r.Uint64()
		text := buf[:len(a)]
		if bits&1 != 0 {
			text = buf[:len(b)]
		}
		for i := range text {
			bits >>= 1
			if i < len(b) && (bits&1 != 0 || i >= len(a)) {
				text[i] = b[i]
			} else {
				text[i] = a[i]
			}
		}
		if tnb101Open(text) {
			return tnb101Kept(text)
		}
	}
}

var tnb101MacroDecisions = func() []evolve.Decision {
	all := append(optionsEach(tnb101Most-tnb101Least+1, []string{"modules"}),
		optionsEach(4, numbered("module", tnb101Most))...)
	for n := tnb101Least; n < tnb101Most; n++ { // a skeleton of more than n modules has module n+1
		for o := n + 1 - tnb101Least; o <= tnb101Most-tnb101Least; o++ {
			all[1+n].If.Options = append(all[1+n].If.Options, o)
		}
	}
	return all
}()

// Decisions are the number of modules, four to six, and the kind of each module. The kinds of the fifth
// and of the sixth apply where there are as many modules.
func (TNB101Macro) Decisions() []evolve.Decision { return tnb101MacroDecisions }

// Choose returns the network of its modules.
func (s TNB101Macro) Choose(x []float64) (evolve.Arch, error) {
	if err := decided(s.Name(), tnb101MacroDecisions, x); err != nil {
		return "", err
	}
	var text [tnb101Most]byte
	n := tnb101Least + int(x[0])
	for i, v := range x[1 : 1+n] {
		text[i] = '1' + byte(v)
	}
	return s.Canon(evolve.Arch(text[:n]))
}

// Choices are the number of a network's modules and their kinds, NaN for a module that is not there.
func (TNB101Macro) Choices(dst []float64, a evolve.Arch) []float64 {
	dst = append(dst, float64(len(a)-tnb101Least))
	for i := range len(a) {
		dst = append(dst, float64(a[i]-'1'))
	}
	return append(dst, undecided(tnb101Most-len(a))...)
}

// Encodings: onehot has five bits for each of six places, none and the modules 1..4; adj is
// the six digits with 0 for none; graf what the chain of modules says.
func (TNB101Macro) Encodings() []string { return []string{"onehot", "adj", grafName} }

// tnb101MacroGraf asks for each kind of module, and for those that double the width and that halve the resolution.
var tnb101MacroGraf = &graf{graphs: 2, sources: 1, sinks: 1, sets: append(grafBits(0, 4), 1<<1|1<<3, 1<<2|1<<3)}

// Graphs makes what graf sees of a network, for kernels of graphs.
func (s TNB101Macro) Graphs() func(evolve.Arch) ([]evolve.Graph, error) {
	return func(a evolve.Arch) ([]evolve.Graph, error) {
		if _, err := s.Canon(a); err != nil {
			return nil, err
		}
		return grafPlainly(tnb101MacroGraf.digits('1')(a)), nil
	}
}

// Encode appends the named encoding of a network to dst.
func (s TNB101Macro) Encode(dst []float64, encoding string, a evolve.Arch) ([]float64, error) {
	if _, err := s.Canon(a); err != nil {
		return dst, err
	}
	if !slices.Contains(s.Encodings(), encoding) {
		return dst, evolve.Unknown("tnb101-macro encoding", encoding, s.Encodings())
	}
	if encoding == grafName {
		return tnb101MacroGraf.encode(dst, tnb101MacroGraf.digits('1')(a)), nil
	}
	for i := range tnb101Most {
		digit := 0
		if i < len(a) {
			digit = int(a[i] - '0')
		}
		if encoding == "adj" {
			dst = append(dst, float64(digit))
			continue
		}
		var bits [5]float64
		bits[digit] = 1
		dst = append(dst, bits[:]...)
	}
	return dst, nil
}

// Parse reads the published string, such as 64-1234-basic, the digits alone, or NASLib's tuple of
// six, (1, 2, 3, 4, 0, 0).
func (s TNB101Macro) Parse(text string) (evolve.Arch, error) {
	if listed(text) {
		digits, err := nasLibDigits(s.Name(), text)
		if err != nil {
			return "", err
		}
		return TNB101MacroFromNASLib(digits)
	}
	modules, published := strings.CutPrefix(text, "64-")
	if published {
		if modules, published = strings.CutSuffix(modules, "-basic"); !published {
			return "", fmt.Errorf("tnb101-macro: %s: want 64-MODULES-basic: %w", clip(text), evolve.ErrInvalid)
		}
	}
	return s.Canon(evolve.Arch(modules))
}

// Format prints the published string.
func (TNB101Macro) Format(a evolve.Arch) string { return "64-" + string(a) + "-basic" }

// TNB101MacroFromNASLib reads a skeleton as NASLib writes it: six digits, with 0 after the
// last module.
func TNB101MacroFromNASLib(text string) (evolve.Arch, error) {
	if len(text) != tnb101Most {
		return "", fmt.Errorf("tnb101-macro: %s: NASLib writes %d digits: %w",
			clip(text), tnb101Most, evolve.ErrInvalid)
	}
	return TNB101Macro{}.Canon(evolve.Arch(strings.TrimRight(text, "0")))
}

package space

import (
	"fmt"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// told are the spaces whose notations tell one from another: of every text, at most one of them reads it.
var told = []string{"nb101", "nb201", "nasnet", "darts"}

// Open opens a space that reads and prints a notation. The error wraps evolve.ErrUnsupported for another one.
func Open(text string) (evolve.Space, evolve.Notation, error) {
	spec, err := evolve.ParseSpec(text)
	if err != nil {
		return nil, nil, err
	}
	space, _, err := evolve.Spaces.Open(spec)
	if err != nil {
		return nil, nil, err
	}
	n, ok := space.(evolve.Notation)
	if !ok {
		return nil, nil, fmt.Errorf("space %s has no notation: %w", space.Name(), evolve.ErrUnsupported)
	}
	return space, n, nil
}

// ReadOf reads an architecture as [Read] does. Of an architecture of another space the error says which space that is.
func ReadOf(space evolve.Space, text string) (evolve.Arch, error) {
	a, err := Read(space, text)
	if err != nil && structured(text) {
		if of := readBy(text); of != "" && of != space.Name() {
			return "", fmt.Errorf("this is an architecture of the space %s, not of %s: %w",
				of, space.Name(), evolve.ErrInvalid)
		}
	}
	return a, err
}

// OpenArch opens a space and reads an architecture of it. Where the space was not given, but is a default, the
// architecture's own text says of which space it is, as far as it does.
func OpenArch(space string, given bool, text string) (evolve.Space, evolve.Notation, evolve.Arch, error) {
	none := func(err error) (evolve.Space, evolve.Notation, evolve.Arch, error) { return nil, nil, "", err }
	text = strings.TrimSpace(text)
	if text == "" {
		return none(fmt.Errorf(
			"ARCH is empty: want an architecture, or the name of a published cell: %w", evolve.ErrInvalid))
	}
	if !given {
		if of := spaceOf(text); of != "" {
			space = of
		} else if unknown := UnknownCell("", text); unknown != nil {
			return none(words.Advise(unknown, otherSpace))
		}
	}
	sp, notation, err := Open(space)
	if err != nil {
		return none(err)
	}
	a, err := ReadOf(sp, text)
	if err != nil && !given {
		err = words.Advise(err, otherSpace)
	}
	if err != nil {
		return none(err)
	}
	return sp, notation, a, nil
}

const otherSpace = "if it is of another space, give --space"

// spaceOf is the space of a published cell's name, the first of those that networks are built
// in that reads a text, or the one whose notation it begins like; "" where nothing tells.
// No text is an architecture of two of them.
func spaceOf(text string) string {
	if of, _, ok := Published(text); ok {
		return of
	}
	if of := readBy(text); of != "" {
		return of
	}
	switch {
	case strings.Contains(text, "Genotype("), strings.HasPrefix(text, "{") && strings.Contains(text, "_concat"):
		// darts has 16 edges and nasnet 20; what was meant is the nearer.
		edges := 0
		for _, begin := range []string{"('", `("`, "['", `["`} {
			edges += strings.Count(text, begin)
		}
		if edges > 18 {
			return "nasnet"
		}
		return "darts"
	case strings.HasPrefix(text, "{") && !strings.Contains(text, `"operations"`): // of tensorflow/tpu's nasnet
		return "nb101"
	case strings.HasPrefix(text, "{"):
		return "nasnet"
	}
	return ""
}

// readBy is the first of the spaces that networks are built in that reads a text, or "".
func readBy(text string) string {
	for _, name := range told {
		if sp, _, err := Open(name); err == nil {
			if _, err := Read(sp, text); err == nil {
				return name
			}
		}
	}
	return ""
}

// structured says that a text is no bare genome, which in another space may mean another thing.
func structured(text string) bool {
	text = strings.TrimSpace(text)
	return strings.Contains(text, "Genotype(") || text != "" && strings.ContainsRune("{|([", rune(text[0]))
}

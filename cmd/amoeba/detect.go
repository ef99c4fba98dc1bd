package main

import (
	"fmt"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	spaces "github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/training/net"
)

// openArch opens a space and reads an architecture of it. A space that was not given by whoever
// gave the architecture follows from it.
func openArch(space string, given bool, text string) (evolve.Space, evolve.Notation, evolve.Arch, error) {
	none := func(err error) (evolve.Space, evolve.Notation, evolve.Arch, error) { return nil, nil, "", err }
	text = strings.TrimSpace(text)
	if text == "" {
		return none(fmt.Errorf("ARCH is empty: want an architecture, or the name of a published cell: %w", evolve.ErrInvalid))
	}
	if !given {
		if of := spaceOf(text); of != "" {
			space = of
		} else if unknown := spaces.UnknownCell("", text); unknown != nil {
			return none(words.Advise(unknown, otherSpace))
		}
	}
	sp, notation, err := openSpace(space)
	if err != nil {
		return none(err)
	}
	a, err := readArch(sp, text)
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
	if of, _, ok := spaces.Published(text); ok {
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
	for _, name := range net.Spaces() {
		if sp, _, err := openSpace(name); err == nil {
			if _, err := spaces.Read(sp, text); err == nil {
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

package tabulate

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Cells lists the architectures of a table: "all" of an enumerable space, each network once, in
// the order of the space's numbers; "ops=0,1,3", of those the cells whose digits are among the
// given; or "sample=N" different networks from the space's own sampler, always the same.
func Cells(spaceName, which string) ([]evolve.Arch, error) {
	s, _, err := evolve.Spaces.Open(evolve.Spec{Name: spaceName})
	if err != nil {
		return nil, err
	}
	kind, value, _ := strings.Cut(which, "=")
	switch kind {
	case "all", "ops":
		e, ok := s.(evolve.Enumerable)
		if !ok {
			return nil, fmt.Errorf("cells %s: the space %s cannot be listed, want sample=N or a file: %w",
				which, spaceName, evolve.ErrUnsupported)
		}
		digits := strings.Split(value, ",")
		if kind == "all" && which != "all" || kind == "ops" &&
			slices.ContainsFunc(digits, func(d string) bool { return len(d) != 1 }) {
			break
		}
		var archs []evolve.Arch
		seen, used := map[evolve.Arch]bool{}, map[rune]bool{}
		for i := range e.Size() {
			a := e.At(i)
			for _, d := range string(a) {
				used[d] = true
			}
			if kind == "ops" && strings.Trim(string(a), strings.Join(digits, "")) != "" {
				continue
			}
			canon, err := s.Canon(a)
			if err != nil {
				return nil, err
			}
			// A chosen set of operations keeps the cell as it is written: its class may be
			// represented by one of other operations.
			if kind == "all" {
				a = canon
			}
			if !seen[a] {
				seen[a] = true
				archs = append(archs, a)
			}
		}
		if kind == "ops" {
			for _, d := range digits {
				if !used[rune(d[0])] {
					return nil, fmt.Errorf("cells %s: no cell of %s has the operation %s, want some of %s: %w",
						which, spaceName, d, joined(used), evolve.ErrInvalid)
				}
			}
		}
		if len(archs) == 0 {
			return nil, fmt.Errorf("cells %s: no cell of %s has only these operations: %w",
				which, spaceName, evolve.ErrInvalid)
		}
		return archs, nil
	case "sample":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > 1e6 {
			return nil, fmt.Errorf("cells %s: want sample=N, N from 1 to 1000000: %w", which, evolve.ErrInvalid)
		}
		r := evolve.Stream(0, "table/"+spaceName)
		var archs []evolve.Arch
		seen := map[evolve.Arch]bool{}
		for tries := 0; len(archs) < n; tries++ {
			if tries > 100*n { // of a space of n, n·ln n draws find nearly all
				return nil, fmt.Errorf("cells %s: the space %s has too few different ones: %w",
					which, spaceName, evolve.ErrInvalid)
			}
			a, err := s.Canon(s.Sample(r))
			if err != nil {
				return nil, err
			}
			if !seen[a] {
				seen[a] = true
				archs = append(archs, a)
			}
		}
		return archs, nil
	}
	return nil, fmt.Errorf("cells %q: want all, ops=0,1,3, sample=N or a file: %w", which, evolve.ErrInvalid)
}

// joined lists digits in their order.
func joined(digits map[rune]bool) string {
	var names []string
	for _, d := range slices.Sorted(maps.Keys(digits)) {
		names = append(names, string(d))
	}
	return strings.Join(names, ",")
}

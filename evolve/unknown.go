package evolve

import (
	"fmt"
	"strings"
)

// Unknown is the error for a name that is not among the known: it says which is nearest.
func Unknown(kind, name string, known []string) error {
	best, at := 1<<30, ""
	for _, k := range known {
		if name == "" {
			break // nothing is near it
		}
		if d := editDistance(name, k); d < best {
			best, at = d, k
		}
	}
	switch {
	case len(known) == 0:
		return fmt.Errorf("%s %q: there are none: %w", kind, name, ErrUnknown)
	case at != "" && (best <= 1+len(name)/3 || strings.HasPrefix(at, name)):
		return fmt.Errorf("%s %q: did you mean %q? (known: %s): %w",
			kind, name, at, strings.Join(known, ", "), ErrUnknown)
	}
	return fmt.Errorf("%s %q (known: %s): %w", kind, name, strings.Join(known, ", "), ErrUnknown)
}

// editDistance is the Levenshtein distance in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			sub := diag
			if a[i] != b[j] {
				sub++
			}
			diag = row[j+1]
			row[j+1] = min(sub, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

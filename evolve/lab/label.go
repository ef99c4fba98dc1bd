package lab

import (
	"fmt"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// maxLabel bounds a short name to what a table's column and a figure's legend have room for.
const maxLabel = 32

// CutLabel takes the short name off an algorithm, which stands before its spec as LABEL=NAME[,key=value…]. Where there
// is none the label is "".
func CutLabel(text string) (label, spec string, err error) {
	at := strings.IndexAny(text, "=:,(")
	if at < 0 || text[at] != '=' {
		return "", text, nil
	}
	label, spec = text[:at], text[at+1:]
	if err := validLabel(label); err != nil {
		return "", "", fmt.Errorf("algo %q: %w", text, err)
	}
	return label, spec, nil
}

func validLabel(label string) error {
	odd := func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		return !letter && !(r >= '0' && r <= '9') && !strings.ContainsRune("._+-", r)
	}
	if label == "" || len(label) > maxLabel || strings.ContainsFunc(label, odd) {
		return fmt.Errorf("short name %q: want 1 to %d letters, digits and . _ + -: %w",
			label, maxLabel, evolve.ErrInvalid)
	}
	return nil
}

// specOf is an algorithm without its short name, by which the text of a file shows where it stands.
func specOf(text string) string {
	if _, spec, err := CutLabel(text); err == nil {
		return spec
	}
	return text
}

// misread is the error of an algorithm whose short name may be none: what follows it is no searcher, so that it may be
// an option of the algorithm before.
type misread struct {
	text, label string
	err         error
}

func (m *misread) Error() string {
	return fmt.Sprintf("algo %q: %q is read as a short name: %v", m.text, m.label, m.err)
}
func (m *misread) Unwrap() error { return m.err }

package space

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Read reads what a person gives as an architecture of a space or of a pool of one: a published cell
// by its name, the benchmark's own key (# and the number that is the space's hash, or the 32
// hexadecimal digits of NAS-Bench-101), else the space's notation. A byte order mark and blanks around
// it do not count. Errors wrap evolve.ErrInvalid or, of a name, evolve.ErrUnknown; of a valid
// architecture that a pool lacks they are a [*NotRecorded].
func Read(s evolve.Space, text string) (evolve.Arch, error) {
	n, ok := s.(evolve.Notation)
	if !ok {
		return "", fmt.Errorf("space %s has no notation: %w", s.Name(), evolve.ErrUnsupported)
	}
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	switch {
	case named.MatchString(text):
		of, a, ok := Published(text)
		switch {
		case ok && of != s.Name():
			return "", fmt.Errorf("%s is a cell of the space %s, not of %s: %w", text, of, s.Name(), evolve.ErrInvalid)
		case ok:
			text = string(a)
		}
	case strings.HasPrefix(text, "#"):
		if pasted(text) == "" && !key.MatchString(text) {
			return "", fmt.Errorf("%s: %s: a comment and no architecture; # and the number that is a hash "+
				"would be one: %w",
				s.Name(), clip(text), evolve.ErrInvalid)
		}
		if !key.MatchString(text) {
			break // a comment in front of a genotype
		}
		a, err := byKey(s, text[1:])
		if err != nil {
			return "", err
		}
		text = string(a)
	}
	if hash.MatchString(text) {
		whole, _ := Base(s)
		if f, ok := whole.(NB101); ok {
			a, err := f.Find(strings.ToLower(text))
			if err != nil {
				return "", err
			}
			text = string(a)
		}
	}
	a, err := n.Parse(text)
	if err != nil && !isRecorded(err) {
		if unknown := UnknownCell(s.Name(), text); unknown != nil {
			return "", unknown
		}
	}
	return a, err
}

var (
	named = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9 _-]{0,39}$`) // the name of a published cell, or like one
	key   = regexp.MustCompile(`^#[^\s#]*$`)
	hash  = regexp.MustCompile(`^[0-9A-Fa-f]{32}$`)
)

// byKey finds an architecture by the number that its hash is. Where the hash is the canonical genome,
// that must be a number.
func byKey(s evolve.Space, number string) (evolve.Arch, error) {
	s, _ = Base(s)
	if f, ok := s.(evolve.Finder); ok {
		a, err := f.Find(number)
		if err != nil && len(number) > 1 && number[0] == '0' && strings.Trim(number, "0123456789") == "" {
			// A number that a spreadsheet or a file name padded is the same number.
			if a, err := f.Find(cmp.Or(strings.TrimLeft(number, "0"), "0")); err == nil {
				return a, nil
			}
		}
		return a, err
	}
	bad := func(format string, v ...any) (evolve.Arch, error) {
		return "", fmt.Errorf("%s: #%s: "+format+": %w",
			append(append([]any{s.Name(), number}, v...), evolve.ErrInvalid)...)
	}
	if number == "" || strings.Trim(number, "0123456789") != "" {
		return bad("want # and the number that amoeba canon %s prints as hash", s.Name())
	}
	a, err := s.(evolve.Notation).Parse(number)
	if err != nil {
		return bad("want # and the number that amoeba canon %s prints as hash: %w", s.Name(), err)
	}
	if canon, err := s.Canon(a); err != nil || string(canon) != number {
		return bad("this network's number is #%s", canon)
	}
	return a, nil
}

// Key is the key by which [Read] finds a valid architecture of a space or of a pool of one; "" where its hash
// is no number.
func Key(s evolve.Space, a evolve.Arch) string {
	s, _ = Base(s)
	hash := ""
	if h, ok := s.(evolve.Hasher); ok {
		hash = h.Hash(a)
	} else if canon, err := s.Canon(a); err == nil {
		hash = string(canon)
	}
	if _, ok := s.(NB101); ok {
		return hash
	}
	if hash == "" || strings.Trim(hash, "0123456789") != "" {
		return ""
	}
	return "#" + hash
}

// Other is the only registered space, other than s, whose notation a text is in; "" where there is none or
// more than one. A bare genome is in no notation, as it may mean something in many spaces.
func Other(s evolve.Space, text string) (name string) {
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	if !strings.Contains(text, "Genotype(") && (text == "" || !strings.ContainsRune("{|([", rune(text[0]))) {
		return ""
	}
	for _, e := range evolve.Spaces.Entries() {
		if e.Name == s.Name() {
			continue
		}
		other, _, err := evolve.Spaces.Open(evolve.Spec{Name: e.Name})
		if err != nil {
			continue
		}
		if _, err := Read(other, text); err != nil {
			continue
		}
		if name != "" {
			return ""
		}
		name = e.Name
	}
	return name
}

// findIndex returns the architecture of an index that is the hash of its space.
func findIndex(e evolve.Enumerable, hash string) (evolve.Arch, error) {
	i, err := strconv.Atoi(hash)
	if err != nil || i < 0 || i >= e.Size() || strconv.Itoa(i) != hash {
		return "", fmt.Errorf("%s: #%s: want the official index, #0 to #%d: %w",
			e.(evolve.Space).Name(), hash, e.Size()-1, evolve.ErrInvalid)
	}
	return e.At(i), nil
}

// UnknownCell is the error for a text that looks like the name of a published cell, of a space where one is
// given. It names the nearest cell. It is nil for a text that is like no name, and for a space without published
// cells.
func UnknownCell(space, text string) error {
	if !named.MatchString(text) || strings.Contains(text, " ") {
		return nil
	}
	kind := "published cell"
	if space != "" {
		kind += " of " + space
	}
	fold := strings.NewReplacer("_", "-")
	var known []string
	for _, c := range PublishedCells() {
		if space == "" || c.Space == space {
			known = append(known, fold.Replace(strings.ToLower(c.Name)))
		}
	}
	if known == nil {
		return nil // the space has no published cells
	}
	return evolve.Unknown(kind, fold.Replace(strings.ToLower(text)), known)
}

package usertable

import (
	"fmt"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// parseColumns reads which column of a file is which of ours: OURS:THEIRS, several with + between
// them. A part without a colon goes on with the name before it, which may hold a +.
func parseColumns(text string) (map[role]string, error) {
	theirs := map[role]string{}
	if text == "" || text == NoColumns {
		return theirs, nil
	}
	bad := func(format string, v ...any) error {
		return fmt.Errorf("columns=%s: %s; want such as val:valid_acc+arch:arch_str: %w",
			text, fmt.Sprintf(format, v...), evolve.ErrInvalid)
	}
	last := ignored
	for part := range strings.SplitSeq(text, "+") {
		ours, name, ok := strings.Cut(part, ":")
		switch r := roleNamed(ours); {
		case !ok && last == ignored:
			return nil, bad("%q names no column", part)
		case !ok:
			theirs[last] += "+" + part
			continue
		case r == further:
			return nil, fmt.Errorf("columns=%s: %w", text, evolve.Unknown("column", ours, roleNames))
		case theirs[r] != "":
			return nil, bad("%s is there twice", ours)
		default:
			theirs[r], last = name, r
		}
	}
	seen := map[string]string{}
	for _, ours := range roleNames {
		r := roleNamed(ours)
		name, ok := theirs[r]
		if !ok {
			continue
		}
		if theirs[r] = strings.TrimSpace(name); theirs[r] == "" {
			return nil, bad("%s has no name", ours)
		}
		if other, twice := seen[theirs[r]]; twice {
			return nil, bad("%q is %s and %s", theirs[r], other, ours)
		}
		seen[theirs[r]] = ours
	}
	return theirs, nil
}

// roleOf is what a column of a name is for. One that is called as another is read is ignored.
func (b *builder) roleOf(name string) role {
	for r, theirs := range b.theirs {
		if theirs == name {
			return r
		}
	}
	r := roleNamed(name)
	if theirs, taken := b.theirs[r]; taken {
		b.note("column %q is ignored: %q is read as it", name, theirs)
		return ignored
	}
	return r
}

// called is the name of a role's column in the file.
func (b *builder) called(r role) string {
	if name, ok := b.theirs[r]; ok {
		return name
	}
	return r.String()
}

// lacking is the error for a column that the file must have and has not; nil when all are there.
func (b *builder) lacking(names []string) error {
	for _, ours := range roleNames {
		r := roleNamed(ours)
		theirs, renamed := b.theirs[r]
		if renamed && !slices.Contains(names, theirs) {
			return fmt.Errorf("%scolumns=%s:%s: %w", b.top(), ours, theirs, evolve.Unknown("column", theirs, names))
		}
		if (r == roleArch || r == roleVal) && !slices.Contains(names, b.called(r)) {
			return b.missing(ours, names)
		}
	}
	return nil
}

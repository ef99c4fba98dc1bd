package papers

import (
	"slices"
	"strings"
)

// Lacking is the error of a paper that lacks every table which its experiments want. It wraps the *data.Absent of the
// one that most of them want.
type Lacking struct {
	Commands []string // that get the tables, first the one that most experiments want
	err      error
}

func (l *Lacking) Unwrap() error { return l.err }

func (l *Lacking) Error() string {
	text := l.err.Error()
	if len(l.Commands) > 1 {
		text += "; its other experiments want " + strings.Join(l.Commands[1:], ", ")
	}
	return text
}

// lacking is the error of a reproduction all of whose experiments are skipped.
func (r *Reproduction) lacking() error {
	wanted := map[string]int{}
	l := &Lacking{}
	for _, s := range r.Skipped {
		if wanted[s.Command]++; wanted[s.Command] == 1 {
			l.Commands = append(l.Commands, s.Command)
		}
	}
	slices.SortStableFunc(l.Commands, func(a, b string) int { return wanted[b] - wanted[a] })
	at := slices.IndexFunc(r.Skipped, func(s Skipped) bool { return s.Command == l.Commands[0] })
	l.err = r.Skipped[at].err
	return l
}

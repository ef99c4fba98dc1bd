package words

import (
	"io/fs"
	"strconv"
	"strings"
	"unicode"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Line is an error on one line, whatever a library wrote into it, without the name of its kind at the end: programs
// ask for the kind with errors.Is, and people know it from the message.
func Line(err error) string {
	s := Plain(strings.Join(strings.Fields(err.Error()), " "))
	for _, kind := range []error{
		evolve.ErrInvalid, evolve.ErrUnknown, evolve.ErrUnsupported, evolve.ErrFailed, evolve.ErrBroken,
		fs.ErrNotExist,
	} {
		s = strings.TrimSuffix(s, ": "+kind.Error())
	}
	return s
}

// Plain writes characters that would steer a terminal, such as the escape in a file's name, as Go does in a string.
func Plain(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsGraphic(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}

// Advise adds to an error what to do about it.
func Advise(err error, advice string) error { return &advised{err, advice} }

type advised struct {
	error
	advice string
}

func (a *advised) Error() string { return Line(a.error) + "; " + a.advice }
func (a *advised) Unwrap() error { return a.error }

// Quote makes a path one word of a shell, and no flag.
func Quote(s string) string {
	if strings.HasPrefix(s, "-") {
		s = "./" + s
	}
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
			strings.ContainsRune("/._-+=:,@%", r)
	}
	if strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// InUnit is a name with its unit, as an axis or a column has it: "seconds (s)"; the name alone where there is no unit.
func InUnit(name, unit string) string {
	if unit == "" {
		return name
	}
	return name + " (" + unit + ")"
}

// genomeShown is how much of a genome is shown, in characters. The genomes of large spaces would fill a line, and as
// much tells two trials apart.
const genomeShown = 24

// Genome is a genome as a line or a title has room for it.
func Genome(a evolve.Arch) string { return Short(string(a), genomeShown) }

// Short is a text or, of one with more than most characters, its beginning and … in so many.
func Short(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

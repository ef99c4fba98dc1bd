package words

import (
	"fmt"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Split takes a command line apart into words as a POSIX shell does (IEEE Std 1003.1-2017, XCU 2.2): blanks part words,
// single quotes keep everything within them, double quotes all but a backslash before one of $ ` " \ and the end of a
// line, and a backslash elsewhere the character behind it. Nothing is expanded, and what a shell means by |;&<># is a
// character as others are, for no shell runs the command. The error wraps evolve.ErrInvalid and names the byte, from 0,
// at which the quote or the backslash stands that has no end.
func Split(line string) ([]string, error) {
	if at := strings.IndexByte(line, 0); at >= 0 {
		return nil, fmt.Errorf("the command line has a zero at byte %d, which no word of a command can hold: %w",
			at, evolve.ErrInvalid)
	}
	var words []string
	var word strings.Builder
	some := false // of the word, which may be empty: ''
	for at := 0; at < len(line); at++ {
		switch c := line[at]; c {
		case ' ', '\t', '\n', '\r':
			if some {
				words, some = append(words, word.String()), false
				word.Reset()
			}
			continue
		case '\'':
			length := strings.IndexByte(line[at+1:], '\'')
			if length < 0 {
				return nil, unclosed("single quote", at)
			}
			word.WriteString(line[at+1 : at+1+length])
			at += 1 + length
		case '"':
			open := at
			for at++; at < len(line) && line[at] != '"'; at++ {
				if line[at] == '\\' && at+1 < len(line) && strings.IndexByte("$`\"\\\n", line[at+1]) >= 0 {
					if at++; line[at] == '\n' {
						continue
					}
				}
				word.WriteByte(line[at])
			}
			if at == len(line) {
				return nil, unclosed("double quote", open)
			}
		case '\\':
			if at++; at == len(line) {
				return nil, fmt.Errorf("the backslash at byte %d has no character behind it: %w",
					at-1, evolve.ErrInvalid)
			}
			if line[at] == '\n' { // a line that goes on
				continue
			}
			word.WriteByte(line[at])
		default:
			word.WriteByte(c)
		}
		some = true
	}
	if some {
		words = append(words, word.String())
	}
	return words, nil
}

func unclosed(mark string, at int) error {
	return fmt.Errorf("the %s at byte %d has no closing one: %w", mark, at, evolve.ErrInvalid)
}

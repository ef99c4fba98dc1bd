package evolve

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Spec names a registered thing and its options, as NAME[:VARIANT][,key=value…].
type Spec struct {
	Name    string
	Variant string
	Set     []Setting // as given, in order
}

// Setting is one key=value. A value that is a spec of its own stands in parentheses, as Spec.String writes it.
type Setting struct{ Key, Value string }

// maxNested is how deep parentheses may stand within parentheses. No searcher has as many others within it, and whoever
// reads a spec goes as deep on its stack.
const maxNested = 16

// ParseSpec reads NAME[:VARIANT][,key=value…]. A value may be a spec of its own in parentheses, which may have further
// specs in its values. A variant or a value may stand in double quotes, within which \" is a quote, \\ a backslash, and
// commas and parentheses are themselves. ParseSpec does not know which names exist.
func ParseSpec(text string) (Spec, error) {
	p := specParser{text: text}
	s, _, err := p.spec(0)
	if err == nil && p.at < len(text) {
		err = p.misplaced()
	}
	if err != nil {
		return Spec{}, fmt.Errorf("%q: %w: %w", text, err, ErrInvalid)
	}
	return s, nil
}

// specParser reads a text from its beginning to its end.
type specParser struct {
	text string
	at   int // bytes that are read
}

// take reads up to the first of some bytes, or to the end.
func (p *specParser) take(until string) string {
	rest := p.text[p.at:]
	if n := strings.IndexAny(rest, until); n >= 0 {
		rest = rest[:n]
	}
	p.at += len(rest)
	return rest
}

// next reads a byte where it is the next one.
func (p *specParser) next(b byte) bool {
	if p.at == len(p.text) || p.text[p.at] != b {
		return false
	}
	p.at++
	return true
}

// blank reads white space.
func (p *specParser) blank() {
	p.at = len(p.text) - len(strings.TrimLeftFunc(p.text[p.at:], unicode.IsSpace))
}

// place is the number of the character at a byte of the text, from 1.
func (p *specParser) place(at int) int { return utf8.RuneCountInString(p.text[:at]) + 1 }

// misplaced is the error for the parenthesis that comes next.
func (p *specParser) misplaced() error {
	what := "closes nothing"
	if p.text[p.at] == '(' {
		what = "begins no value"
	}
	return fmt.Errorf(
		"the parenthesis at character %d %s; a name or a value with a parenthesis stands in double quotes",
		p.place(p.at), what)
}

// spec reads a spec up to the end of the text or to a parenthesis. canon is how String writes it within depth
// parentheses.
func (p *specParser) spec(depth int) (s Spec, canon string, err error) {
	if s.Name = strings.TrimSpace(p.take(":,()")); s.Name == "" {
		return s, "", fmt.Errorf("a name is missing, want NAME[,key=value…]")
	}
	canon = s.Name
	if p.next(':') {
		if s.Variant, err = p.word(depth > 0); err != nil {
			return s, "", err
		}
		if s.Variant != "" {
			canon += ":" + quoted(s.Variant)
		}
	}
	for p.next(',') {
		p.blank()
		kv := Setting{Key: strings.TrimSpace(p.take("=,()"))}
		if !p.next('=') {
			if kv.Key != "" && (s.Variant != "" || len(s.Set) > 0) {
				return s, "", fmt.Errorf(
					"%q is not key=value; a name or a value with a comma stands in double quotes", kv.Key)
			}
			if depth > 0 && kv.Key != "" {
				return s, "", fmt.Errorf("%q is not key=value; several names in one value have + between them: %s+%s",
					kv.Key, s.Name, kv.Key)
			}
			return s, "", fmt.Errorf("%q is not key=value", kv.Key)
		}
		var written string
		if kv.Value, written, err = p.value(depth); err != nil {
			return s, "", fmt.Errorf("%s: %w", kv.Key, err)
		}
		switch {
		case kv.Key == "" || kv.Value == "":
			return s, "", fmt.Errorf("%q is not key=value", kv.Key+"="+kv.Value)
		case slices.ContainsFunc(s.Set, func(x Setting) bool { return x.Key == kv.Key }):
			return s, "", fmt.Errorf("%s is given twice", kv.Key)
		}
		s.Set, canon = append(s.Set, kv), canon+","+kv.Key+"="+written
	}
	return s, canon, nil
}

// value reads a text or a spec in parentheses. White space around it is no part of it. written is how String writes it
// within depth parentheses.
func (p *specParser) value(depth int) (value, written string, err error) {
	if p.blank(); !p.next('(') {
		value, err = p.word(true)
		return value, quotedValue(value, depth), err
	}
	open := p.place(p.at - 1)
	if depth == maxNested {
		return "", "", fmt.Errorf("the parenthesis at character %d is within %d others, want at most %d",
			open, depth, maxNested-1)
	}
	_, canon, err := p.spec(depth + 1)
	switch {
	case err != nil:
		return "", "", err
	case p.at == len(p.text):
		return "", "", fmt.Errorf("the parenthesis at character %d has no closing one", open)
	case !p.next(')'):
		return "", "", p.misplaced()
	}
	value = "(" + canon + ")"
	return value, value, p.ended("parenthesis")
}

// ended skips white space behind a closing mark, and says what stands there beside a comma, a closing parenthesis or
// the end.
func (p *specParser) ended(mark string) error {
	p.blank()
	if rest := p.text[p.at:]; rest != "" && rest[0] != ',' && rest[0] != ')' {
		more := ""
		if mark == "quote" {
			more = `; a quote within is written \"`
		}
		return fmt.Errorf("%q follows a closing %s, want a comma or the end%s", rest, mark, more)
	}
	return nil
}

// word reads a text, quoted or not, up to a comma, a parenthesis or the end. trim leaves out white space behind one
// without quotes.
func (p *specParser) word(trim bool) (string, error) {
	if !p.next('"') {
		word := p.take(",()")
		if trim {
			word = strings.TrimRightFunc(word, unicode.IsSpace)
		}
		return word, nil
	}
	open := p.at - 1
	var b strings.Builder
	for ; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == '"':
			if p.at++; b.Len() == 0 {
				return "", fmt.Errorf(`nothing stands between the quotes ""`)
			}
			return b.String(), p.ended("quote")
		case c != '\\':
			b.WriteByte(c)
		case p.at+1 < len(p.text) && (p.text[p.at+1] == '"' || p.text[p.at+1] == '\\'):
			p.at++
			b.WriteByte(p.text[p.at])
		default:
			_, n := utf8.DecodeRuneInString(p.text[p.at+1:])
			return "", fmt.Errorf("%s within quotes: want \\\" for a quote or \\\\ for a backslash",
				p.text[p.at:p.at+1+n])
		}
	}
	return "", fmt.Errorf("%s has no closing quote", p.text[open:])
}

// String writes a spec so that ParseSpec reads it back.
func (s Spec) String() string {
	var b strings.Builder
	b.WriteString(s.Name)
	if s.Variant != "" {
		b.WriteString(":" + quoted(s.Variant))
	}
	for _, kv := range s.Set {
		b.WriteString("," + kv.Key + "=" + quotedValue(kv.Value, 0))
	}
	return b.String()
}

// nested is the spec as a value.
func (s Spec) nested() string { return "(" + s.String() + ")" }

// quoted is a variant, or a value that is no spec, in quotes where ParseSpec would read it otherwise without.
func quoted(text string) string {
	if !strings.HasPrefix(text, `"`) && !strings.ContainsAny(text, ",()") && strings.TrimSpace(text) == text {
		return text
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// quotedValue is a value within depth parentheses, in quotes where ParseSpec would read it otherwise without.
func quotedValue(text string, depth int) string {
	if strings.HasPrefix(text, "(") {
		p := specParser{text: text}
		if value, _, err := p.value(depth); err == nil && p.at == len(text) && value == text {
			return text
		}
	}
	return quoted(text)
}

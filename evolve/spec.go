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

// Setting is one key=value.
type Setting struct{ Key, Value string }

// ParseSpec reads NAME[:VARIANT][,key=value…]. A variant or a value may stand in double quotes,
// within which \" is a quote, \\ a backslash and a comma a comma. It does not know which names exist.
func ParseSpec(text string) (Spec, error) {
	var s Spec
	bad := func(format string, v ...any) (Spec, error) {
		return s, fmt.Errorf("%q: "+format+": %w", append(append([]any{text}, v...), ErrInvalid)...)
	}
	at := strings.IndexAny(text, ":,")
	if at < 0 {
		at = len(text)
	}
	s.Name = text[:at]
	if s.Name == "" {
		return bad("a name is missing, want NAME[,key=value…]")
	}
	rest, more := text[at:], false
	if strings.HasPrefix(rest, ":") {
		var err error
		if s.Variant, rest, err = word(rest[1:], false); err != nil {
			return bad("%w", err)
		}
	}
	for rest, more = strings.CutPrefix(rest, ","); more; rest, more = strings.CutPrefix(rest, ",") {
		rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
		at := strings.IndexAny(rest, "=,")
		if at < 0 || rest[at] == ',' {
			kv, _, _ := strings.Cut(rest, ",")
			kv = strings.TrimSpace(kv)
			if kv != "" && (s.Variant != "" || len(s.Set) > 0) {
				return bad("%q is not key=value; a name or a value with a comma stands in double quotes", kv)
			}
			return bad("%q is not key=value", kv)
		}
		kv := Setting{Key: rest[:at]}
		var err error
		given := rest[at+1:]
		if kv.Value, rest, err = word(given, true); err != nil {
			return bad("%s: %w", kv.Key, err)
		}
		switch {
		case kv.Key == "" || kv.Value == "":
			return bad("%q is not key=value", kv.Key+"="+kv.Value)
		case slices.ContainsFunc(s.Set, func(x Setting) bool { return x.Key == kv.Key }):
			return bad("%s is given twice", kv.Key)
		}
		s.Set = append(s.Set, kv)
	}
	return s, nil
}

// word takes a variant or a value, quoted or not, from the beginning of a text, and leaves rest: nothing, or what
// begins with a comma. Around a value white space means nothing but where it is quoted.
func word(text string, trim bool) (word, rest string, err error) {
	if !strings.HasPrefix(text, `"`) {
		at := strings.IndexByte(text, ',')
		if at < 0 {
			at = len(text)
		}
		if word = text[:at]; trim {
			word = strings.TrimRightFunc(word, unicode.IsSpace)
		}
		return word, text[at:], nil
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '"':
			if b.Len() == 0 {
				return "", "", fmt.Errorf(`nothing stands between the quotes ""`)
			}
			rest = strings.TrimLeftFunc(text[i+1:], unicode.IsSpace)
			if rest != "" && rest[0] != ',' {
				return "", "", fmt.Errorf("%q follows a closing quote, want a comma or the end; a quote within is written \\\"", rest)
			}
			return b.String(), rest, nil
		case text[i] != '\\':
			b.WriteByte(text[i])
		case i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\'):
			i++
			b.WriteByte(text[i])
		default:
			_, n := utf8.DecodeRuneInString(text[i+1:])
			return "", "", fmt.Errorf("%s within quotes: want \\\" for a quote or \\\\ for a backslash", text[i:i+1+n])
		}
	}
	return "", "", fmt.Errorf("%s has no closing quote", text)
}

// String writes a spec so that ParseSpec reads it back.
func (s Spec) String() string {
	var b strings.Builder
	b.WriteString(s.Name)
	if s.Variant != "" {
		b.WriteString(":" + quoted(s.Variant))
	}
	for _, kv := range s.Set {
		b.WriteString("," + kv.Key + "=" + quoted(kv.Value))
	}
	return b.String()
}

// quoted is a variant or a value, in quotes where ParseSpec would read it otherwise without.
func quoted(text string) string {
	if !strings.HasPrefix(text, `"`) && !strings.Contains(text, ",") && strings.TrimSpace(text) == text {
		return text
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

package hyper

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// The types of a parameter.
const (
	Float  = "float"
	Int    = "int"
	Choice = "choice"
)

var types = []string{Float, Int, Choice}

// Param is a hyper-parameter as a file has it.
type Param struct {
	Name      string
	Type      string  // Float, Int or Choice
	Low, High float64 // the range of a number, both included
	Log       bool    // a number whose logarithm is evenly spread
	Choices   []any   // of a Choice: texts, numbers (int64 or float64) and bools
	If        *If     // what must have been chosen for it to apply; nil where it always does
}

// If holds where an earlier choice is one of some values.
type If struct {
	Name   string
	Values []any
}

// Label is a value of a choice as a genome has it.
func Label(v any) string {
	if x, ok := v.(float64); ok {
		return number(x)
	}
	return fmt.Sprint(v)
}

// number is a real number in the fewest digits that read as the same one.
func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// Bounds of what a file may hold. Beyond maxWhole not every whole number is a float64.
const (
	maxOptions = 1000
	maxWhole   = 1 << 53
	maxLabel   = 100
)

var nameForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,63}$`)

// fault is what is wrong with a parameter: with the value of one of its keys.
type fault struct {
	param int
	key   string
	err   error
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

// decisions are those of parameters. The error is a *fault.
func decisions(params []Param) ([]evolve.Decision, error) {
	all := make([]evolve.Decision, 0, len(params))
	for i, p := range params {
		bad := func(key, format string, v ...any) ([]evolve.Decision, error) {
			return nil, &fault{i, key, fmt.Errorf("%s: "+format+": %w",
				append(append([]any{key}, v...), evolve.ErrInvalid)...)}
		}
		earlier := func(name string) int {
			return slices.IndexFunc(params[:i], func(q Param) bool { return q.Name == name })
		}
		d := evolve.Decision{Name: p.Name}
		switch {
		case !nameForm.MatchString(p.Name) || strings.HasPrefix(p.Name, archPrefix):
			return bad("name", "%q: want a letter and up to 63 letters, digits, _, . and -, and not %s in front",
				p.Name, archPrefix)
		case earlier(p.Name) >= 0:
			return bad("name", "a second parameter %s", p.Name)
		case p.Type == Choice:
			if key, err := options(p); err != nil {
				return bad(key, "%w", err)
			}
			d.Options = len(p.Choices)
		case p.Type == Float || p.Type == Int:
			if key, err := ranged(p); err != nil {
				return bad(key, "%w", err)
			}
			d.Lo, d.Hi, d.Log, d.Int = p.Low, p.High, p.Log, p.Type == Int
		default:
			return nil, &fault{i, "type", evolve.Unknown("type", p.Type, types)}
		}
		if p.If != nil {
			at := earlier(p.If.Name)
			switch {
			case at < 0 && slices.ContainsFunc(params[i:], func(q Param) bool { return q.Name == p.If.Name }):
				return bad("if", "%s is no earlier parameter: put it in front", p.If.Name)
			case at < 0:
				var known []string
				for _, q := range params[:i] {
					known = append(known, q.Name)
				}
				return nil, &fault{i, "if", fmt.Errorf("if: %w", evolve.Unknown("parameter", p.If.Name, known))}
			case params[at].Type != Choice:
				return bad("if", "%s is %s, want a choice", p.If.Name, article(params[at].Type))
			case len(p.If.Values) == 0:
				return bad("if", "no value of %s, want at least one", p.If.Name)
			}
			d.If.Place = at
			for _, v := range p.If.Values {
				option := slices.IndexFunc(params[at].Choices, func(c any) bool { return Label(c) == Label(v) })
				if option < 0 {
					return nil, &fault{i, "if", fmt.Errorf("if: %w",
						evolve.Unknown("value of "+p.If.Name, Label(v), labels(params[at].Choices)))}
				}
				if slices.Contains(d.If.Options, option) {
					return bad("if", "%s twice", Label(v))
				}
				d.If.Options = append(d.If.Options, option)
			}
			slices.Sort(d.If.Options)
		}
		all = append(all, d)
	}
	return all, nil
}

func article(kind string) string {
	if kind == Int {
		return "an int"
	}
	return "a " + kind
}

func labels(choices []any) (all []string) {
	for _, c := range choices {
		all = append(all, Label(c))
	}
	return all
}

// options says which key of a choice is wrong, and why.
func options(p Param) (key string, err error) {
	switch n := len(p.Choices); {
	case p.Low != 0 || p.High != 0:
		return "low", fmt.Errorf("a choice has choices, no range")
	case p.Log:
		return "log", fmt.Errorf("a choice has no logarithm")
	case n < 2 || n > maxOptions:
		return "choices", fmt.Errorf("%d values, want 2 to %d", n, maxOptions)
	}
	seen := map[string]bool{}
	for _, c := range p.Choices {
		switch text := Label(c); {
		case text == "" || len(text) > maxLabel || text != strings.TrimSpace(text) ||
			strings.ContainsAny(text, ",;=") ||
			strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsGraphic(r) }):
			return "choices", fmt.Errorf("%q: want 1 to %d bytes without comma, semicolon, = and blanks at the ends",
				text, maxLabel)
		case seen[text]:
			return "choices", fmt.Errorf("%s twice", text)
		default:
			seen[text] = true
		}
	}
	return "", nil
}

// ranged says which key of a number is wrong, and why.
func ranged(p Param) (key string, err error) {
	whole := func(x float64) bool { return x == math.Trunc(x) && math.Abs(x) <= math.MaxFloat64 }
	large := func(x float64) bool { return p.Type == Int && math.Abs(x) > maxWhole }
	switch width := p.High - p.Low; {
	case p.Choices != nil:
		return "choices", fmt.Errorf("a number has low and high, no choices")
	case p.Type == Int && !whole(p.Low):
		return "low", fmt.Errorf("%s is not a whole number, as an int needs", number(p.Low))
	case p.Type == Int && !whole(p.High):
		return "high", fmt.Errorf("%s is not a whole number, as an int needs", number(p.High))
	case large(p.Low):
		return "low", fmt.Errorf("%s is beyond the whole numbers that are told apart, want -2^53 to 2^53",
			number(p.Low))
	case large(p.High):
		return "high", fmt.Errorf("%s is beyond the whole numbers that are told apart, want -2^53 to 2^53",
			number(p.High))
	case math.IsNaN(width) || math.IsInf(width, 0):
		return "high", fmt.Errorf("want a finite range, this is %s to %s", number(p.Low), number(p.High))
	case !(width > 0):
		return "low", fmt.Errorf("%s is not below high, %s", number(p.Low), number(p.High))
	case p.Log && !(p.Low > 0):
		return "low", fmt.Errorf("%s has no logarithm: want more than 0, or log: false", number(p.Low))
	}
	return "", nil
}

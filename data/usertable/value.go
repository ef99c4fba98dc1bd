package usertable

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// value is a cell: CSV has text alone, Parquet types as well.
type value struct {
	kind  kind
	text  string
	float float64
	whole int64
}

type kind uint8

const (
	empty kind = iota
	text
	float
	whole
)

// textOf is a cell of text; blanks around it do not count.
func textOf(s string) value {
	if s = strings.TrimSpace(s); s == "" {
		return value{}
	}
	return value{kind: text, text: s}
}

// String is a cell as an error shows it.
func (v value) String() string {
	const most = 60 // characters that a line of an error has room for
	switch v.kind {
	case text:
		if len(v.text) > most {
			return fmt.Sprintf("%q… (%d bytes)", v.text[:most], len(v.text))
		}
		return strconv.Quote(v.text)
	case float:
		return strconv.FormatFloat(v.float, 'g', -1, 64)
	case whole:
		return strconv.FormatInt(v.whole, 10)
	}
	return "empty"
}

// Numbers that cannot be computed with. They are told from text because a further column of
// text is no error.
var (
	errInfinite = errors.New("no finite number")
	errTooLarge = errors.New("too large a number")
)

// number is a cell's number, NaN for an empty one and where a tool wrote that for it.
func (v value) number() (float64, error) {
	x := v.float
	switch v.kind {
	case empty:
		return math.NaN(), nil
	case whole:
		x = float64(v.whole)
	case text:
		var err error
		// Hexadecimal numbers and those with underscores, which ParseFloat reads, are Go's alone.
		x, err = strconv.ParseFloat(v.text, 64)
		switch {
		case errors.Is(err, strconv.ErrRange):
			return 0, fmt.Errorf("%v is %w", v, errTooLarge)
		case err != nil || strings.ContainsAny(v.text, "xXpP_"):
			// Where semicolons separate columns, decimals often have commas. 1,234 may then be
			// more than a thousand as well, so that none is guessed.
			point := strings.Replace(v.text, ",", ".", 1)
			if _, err := strconv.ParseFloat(point, 64); err == nil && point != v.text {
				return 0, fmt.Errorf("%v is no number; decimals want a point, as in %s", v, point)
			}
			return 0, fmt.Errorf("%v is no number", v)
		}
	}
	if math.IsInf(x, 0) {
		return 0, fmt.Errorf("%v is %w", v, errInfinite)
	}
	return x, nil
}

// wholeIn is a cell's whole number in [min, max]. 12.0 is 12: tools that know only one empty
// number make floats of a column that has one.
func (v value) wholeIn(min, max int64) (int64, error) {
	n, ok := v.whole, v.kind == whole
	x := v.float
	if v.kind == text {
		var err error
		if n, err = strconv.ParseInt(v.text, 10, 64); err == nil {
			ok = true
		} else if x, err = v.number(); err != nil {
			x = math.NaN()
		}
	}
	// Above 2⁵³ a float no longer tells one whole number from the next.
	if !ok && v.kind != empty && x == math.Trunc(x) && math.Abs(x) <= 1<<53 {
		n, ok = int64(x), true
	}
	if !ok || n < min || n > max {
		return 0, fmt.Errorf("%v, want a whole number from %d to %d", v, min, max)
	}
	return n, nil
}

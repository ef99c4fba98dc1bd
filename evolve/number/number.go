package number

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Count is a number of things in words: "1 epoch", "2 epochs".
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Those names numbered things: "run 3", "runs 3, 7, 8", and of more than ten the first ten and how many more there are.
func Those(what string, all []int) string {
	const most = 10
	text := what
	if len(all) > 1 {
		text += "s"
	}
	for i, n := range all[:min(most, len(all))] {
		if i > 0 {
			text += ","
		}
		text += " " + strconv.Itoa(n)
	}
	if more := len(all) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// Split splits a list of numbers at each + but that of an exponent, 1e+06.
func Split(list string) (parts []string) {
	for i, part := range strings.Split(list, "+") {
		if n := len(parts); i > 0 && len(parts[n-1]) > 1 && strings.HasSuffix(strings.ToLower(parts[n-1]), "e") {
			parts[n-1] += "+" + part
		} else {
			parts = append(parts, part)
		}
	}
	return parts
}

// Grouped prints 15625 as 15,625.
func Grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// Known says whether a number is one: neither NaN nor infinite. JSON has no others.
func Known(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// Nullable is a float64 that JSON has as null where it is not [Known], such as a spread over one
// run. Null is read as NaN.
type Nullable float64

// MarshalJSON writes the number, or null.
func (n Nullable) MarshalJSON() ([]byte, error) {
	if !Known(float64(n)) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (n *Nullable) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*n = Nullable(math.NaN())
		return nil
	}
	return json.Unmarshal(text, (*float64)(n))
}

// Short is a Nullable of eight significant digits, which is what sums of many terms have in common
// on all processors.
type Short float64

// MarshalJSON writes the number, or null.
func (n Short) MarshalJSON() ([]byte, error) {
	if !Known(float64(n)) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(n), 'g', 8, 64), nil
}

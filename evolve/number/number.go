package number

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// Count is a number of things in words: "1 epoch", "2 epochs".
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
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

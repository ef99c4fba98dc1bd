package words

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// A Number is a float64 whose JSON is null where it is not known: NaN, or infinite.
type Number float64

// MarshalJSON writes the number, or null.
func (n Number) MarshalJSON() ([]byte, error) {
	if unknown(n) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads what MarshalJSON writes; null is NaN.
func (n *Number) UnmarshalJSON(text []byte) error {
	x := math.NaN()
	if string(text) != "null" {
		if err := json.Unmarshal(text, &x); err != nil {
			return err
		}
	}
	*n = Number(x)
	return nil
}

func unknown[T ~float64](x T) bool { return math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) }

// dash stands for a number that is not known.
const dash = "–"

// Count is a number of things: Count(1, "run") is "1 run", Count(2, "run") is "2 runs".
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Grouped prints 15625 as 15,625.
func Grouped(n int) string {
	text := strconv.Itoa(n)
	first := 0
	if n < 0 {
		first = 1
	}
	for i := len(text) - 3; i > first; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// Fixed prints a number with so many digits behind the point.
func Fixed[T ~float64](x T, digits int) string {
	if unknown(x) {
		return dash
	}
	return strconv.FormatFloat(float64(x), 'f', digits, 64)
}

// Signed is Fixed with a sign before positive numbers and zero, too.
func Signed[T ~float64](x T, digits int) string {
	if x >= 0 && !unknown(x) {
		return "+" + Fixed(x, digits)
	}
	return Fixed(x, digits)
}

// PlusMinus prints a mean with half the width of its interval, to three digits behind the point; where the interval is
// not known, the mean alone.
func PlusMinus[T ~float64](mean, half T) string {
	if math.IsNaN(float64(half)) {
		return Fixed(mean, 3)
	}
	return Fixed(mean, 3) + " ± " + Fixed(half, 3)
}

// P prints the p-value of a test.
func P[T ~float64](p T) string {
	switch {
	case math.IsNaN(float64(p)):
		return dash
	case p == 0:
		return "<1e-300" // less than a float64 can hold
	case p < 1e-4:
		return fmt.Sprintf("%.0e", float64(p))
	}
	return fmt.Sprintf("%.4f", float64(p))
}

// Rate prints a number of things a second, with k for thousands and M for millions.
func Rate[T ~float64](x T) string {
	switch v := float64(x); {
	case unknown(x):
		return dash
	case v >= 1e6:
		return fmt.Sprintf("%.2f M", v/1e6)
	case v >= 1e3:
		return fmt.Sprintf("%.0f k", v/1e3)
	}
	return fmt.Sprintf("%.0f", float64(x))
}

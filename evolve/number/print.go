package number

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// dash stands for a number that is not known.
const dash = "–"

// Fixed prints a number with so many digits behind the point. What they round to zero has no sign.
func Fixed[T ~float64](x T, digits int) string {
	if !known(x) {
		return dash
	}
	text := strconv.FormatFloat(float64(x), 'f', digits, 64)
	if strings.Trim(text, "-0.") == "" {
		return strings.TrimPrefix(text, "-")
	}
	return text
}

// Plain prints a number of any scale: as Fixed does and, of one below 0.001 or from a million on, four digits.
func Plain[T ~float64](x T, digits int) string {
	if v := math.Abs(float64(x)); known(x) && v != 0 && (v < 1e-3 || v >= 1e6) {
		return exponents.Replace(fmt.Sprintf("%.4g", float64(x)))
	}
	return Fixed(x, digits)
}

// Signed is Fixed with a sign before positive numbers and zero, too.
func Signed[T ~float64](x T, digits int) string {
	text := Fixed(x, digits)
	if known(x) && !strings.HasPrefix(text, "-") {
		return "+" + text
	}
	return text
}

// PlusMinus prints a mean with half the width of its interval, each as printed prints it; where the interval is not
// known, the mean alone.
func PlusMinus[T ~float64](mean, half T, printed func(T) string) string {
	if math.IsNaN(float64(half)) {
		return printed(mean)
	}
	return printed(mean) + " ± " + printed(half)
}

// P prints the p-value of a test.
func P[T ~float64](p T) string {
	switch {
	case math.IsNaN(float64(p)):
		return dash
	case p < 1e-300: // round, and above 2e-308, below which a float64 loses digits
		return "<1e-300"
	case p < 1e-4:
		return fmt.Sprintf("%.0e", float64(p))
	}
	return fmt.Sprintf("%.4f", float64(p))
}

// Rate prints a number of things a second, with k for thousands and M for millions.
func Rate[T ~float64](x T) string {
	switch v := float64(x); {
	case !known(x):
		return dash
	case v >= 1e6:
		return fmt.Sprintf("%.2f M", v/1e6)
	case v >= 1e3:
		return fmt.Sprintf("%.0f k", v/1e3)
	}
	return fmt.Sprintf("%.0f", float64(x))
}

// Brief prints three digits of a number, or a whole number of four or five, in few characters: 1e6, not 1e+06.
func Brief[T ~float64](x T) string {
	switch v := math.Abs(float64(x)); {
	case !known(x):
		return dash
	case v >= 1000 && v < 1e5:
		return fmt.Sprintf("%.0f", float64(x))
	}
	return exponents.Replace(fmt.Sprintf("%.3g", float64(x)))
}

// Seconds prints a number of seconds: whole ones from 100 on, three digits of fewer.
func Seconds[T ~float64](x T) string {
	if v := float64(x); known(x) && v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return Brief(x)
}

var exponents = strings.NewReplacer("e+0", "e", "e+", "e", "e-0", "e-")

func known[T ~float64](x T) bool { return Known(float64(x)) }

package flags

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amoeba-nas/amoeba/evolve"
)

// A ranged value is a flag's number with its range, which --help prints and which a value is held to
// as it is read: before a folder is made, a file opened or memory taken.
type ranged[T int | uint64 | float64] struct {
	value     *T
	low, high T
	above     bool // low itself is out
	read      func(string) (T, error)
	print     func(T) string
}

// Int adds a flag of a whole number in [low, high]. short is its one-letter name, or "".
func Int(fl *pflag.FlagSet, p *int, name, short string, value, low, high int, usage string) {
	addRanged(fl, ranged[int]{value: p, low: low, high: high, read: strconv.Atoi, print: strconv.Itoa}, name, short,
		value, usage)
}

// Seed adds a flag of a seed, of which there are so many as high says.
func Seed(fl *pflag.FlagSet, p *uint64, name string, value, high uint64, usage string) {
	addRanged(fl, ranged[uint64]{value: p, high: high, read: readUint, print: printUint}, name, "", value, usage)
}

// Float adds a flag of a number in [low, high].
func Float(fl *pflag.FlagSet, p *float64, name string, value, low, high float64, usage string) {
	addRanged(fl, ranged[float64]{value: p, low: low, high: high, read: readFloat, print: printFloat}, name, "",
		value, usage)
}

// Above adds a flag of a number in (low, high].
func Above(fl *pflag.FlagSet, p *float64, name string, value, low, high float64, usage string) {
	r := ranged[float64]{value: p, low: low, high: high, above: true, read: readFloat, print: printFloat}
	addRanged(fl, r, name, "", value, usage)
}

func addRanged[T int | uint64 | float64](fl *pflag.FlagSet, r ranged[T], name, short string, value T, usage string) {
	*r.value = value
	fl.VarP(&r, name, short, usage+" ("+r.Bounds()+")")
}

func readUint(s string) (uint64, error)   { return strconv.ParseUint(s, 10, 64) }
func readFloat(s string) (float64, error) { return strconv.ParseFloat(s, 64) }

// printFloat prints nothing of NaN, by which a flag says that it was not given.
func printFloat(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

func printUint(n uint64) string {
	if n == math.MaxUint64 {
		return "2⁶⁴-1"
	}
	return strconv.FormatUint(n, 10)
}

// Bounds is the range in words.
func (r *ranged[T]) Bounds() string {
	if r.above {
		return "above " + r.print(r.low) + ", at most " + r.print(r.high)
	}
	return r.print(r.low) + " to " + r.print(r.high)
}

// Set reads a value. Its error says what would be right; who knows the flag's name puts it before.
func (r *ranged[T]) Set(text string) error {
	x, err := r.read(text)
	// NaN is on neither side of anything.
	if err != nil || !(x >= r.low && x <= r.high) || r.above && x == r.low {
		return fmt.Errorf("want %s, %s: %w", r.kind(), r.Bounds(), evolve.ErrInvalid)
	}
	*r.value = x
	return nil
}

func (r *ranged[T]) kind() string {
	if r.Type() == "number" {
		return "a number"
	}
	return "a whole number"
}

func (r *ranged[T]) String() string { return r.print(*r.value) }

// Type is what --help calls the value.
func (r *ranged[T]) Type() string {
	if _, is := any(r.low).(float64); is {
		return "number"
	}
	return "int"
}

// OneOf refuses flags of which one was given beside another.
func OneOf(c *cobra.Command, names ...string) error {
	var given []string
	for _, name := range names {
		if c.Flags().Changed(name) {
			given = append(given, "--"+name)
		}
	}
	if len(given) < 2 {
		return nil
	}
	last := len(given) - 1
	return fmt.Errorf("%s and %s: want one of them: %w", strings.Join(given[:last], ", "), given[last],
		evolve.ErrInvalid)
}

// Useless refuses flags that were given though they change nothing beside the others; why says what they are of.
func Useless(c *cobra.Command, why string, names ...string) error {
	for _, n := range names {
		if c.Flags().Changed(n) {
			return fmt.Errorf("--%s has no effect here, %s: leave it out: %w", n, why, evolve.ErrInvalid)
		}
	}
	return nil
}

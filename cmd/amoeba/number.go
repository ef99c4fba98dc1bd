package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/spf13/pflag"
)

// numeric is what a flag that counts or measures takes.
type numeric interface{ int | uint64 | float64 }

// limits are the numbers that a flag takes: from least to most, each included unless above or below says otherwise.
type limits[T numeric] struct {
	least, most  T
	above, below bool
}

// within is the usual case: both ends are taken.
func within[T numeric](least, most T) limits[T] { return limits[T]{least: least, most: most} }

// Real cores: the largest machines that Linux knows have 8192 (CONFIG_NR_CPUS of x86), of which half is beyond any
// that a search would have to itself.
const maxProcs = 4096

// anySeed is what a seed can be.
var anySeed = within[uint64](0, math.MaxUint64)

func (l limits[T]) String() string {
	least, most := digits(l.least), digits(l.most)
	switch {
	case l.above && l.below:
		return "above " + least + ", below " + most
	case l.above:
		return "above " + least + ", at most " + most
	case l.below:
		return "at least " + least + ", below " + most
	}
	return least + " to " + most
}

// digits prints a number without an exponent, as long as a reader can count its zeros.
func digits[T numeric](x T) string {
	if f, ok := any(x).(float64); ok {
		if f == 0 || math.Abs(f) >= 1e-6 && math.Abs(f) < 1e15 {
			return strconv.FormatFloat(f, 'f', -1, 64)
		}
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return fmt.Sprint(x)
}

// numberFlag is the value of a flag of a number within limits, which it says of itself. It implements pflag.Value.
type numberFlag[T numeric] struct {
	at *T
	in limits[T]
}

// addNumber defines a flag of a number, whose help then ends in its limits. A default outside of them stands for none
// and cannot be given.
func addNumber[T numeric](fl *pflag.FlagSet, at *T, name string, value T, in limits[T], usage string) {
	addNumberP(fl, at, name, "", value, in, usage)
}

// addNumberP is addNumber with a letter.
func addNumberP[T numeric](fl *pflag.FlagSet, at *T, name, letter string, value T, in limits[T], usage string) {
	*at = value
	fl.VarP(&numberFlag[T]{at, in}, name, letter, usage+" ("+in.String()+")")
}

func (f *numberFlag[T]) String() string {
	if f.at == nil { // pflag asks the zero value
		return "0"
	}
	return digits(*f.at)
}

func (f *numberFlag[T]) Type() string { return fmt.Sprintf("%T", *new(T)) }

// want says what the flag takes.
func (f *numberFlag[T]) want() string {
	if f.Type() == "float64" {
		return "a number, " + f.in.String()
	}
	return "a whole number, " + f.in.String()
}

var errOutside = errors.New("outside of the limits")

// Set reads a number. Whole ones may be written in Go's notations, as 0x10 and 1_000.
func (f *numberFlag[T]) Set(text string) (err error) {
	var x T
	switch at := any(&x).(type) {
	case *int:
		var n int64
		n, err = strconv.ParseInt(text, 0, strconv.IntSize)
		*at = int(n)
	case *uint64:
		*at, err = strconv.ParseUint(text, 0, 64)
	case *float64:
		*at, err = strconv.ParseFloat(text, 64)
	}
	if err != nil {
		return err
	}
	low, high := x >= f.in.least, x <= f.in.most // of what is no number neither holds
	if f.in.above {
		low = x > f.in.least
	}
	if f.in.below {
		high = x < f.in.most
	}
	if !low || !high {
		return errOutside
	}
	*f.at = x
	return nil
}

package jsonline

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// Fault says what is wrong with a text of JSON without the words of Go's decoder, whose error it is: "an array, want an
// object", "epochs is a string, want a whole number".
func Fault(err error) error {
	var of *json.UnmarshalTypeError
	switch {
	case errors.As(err, &of):
		got, _, _ := strings.Cut(of.Value, " ") // number 1.5
		is := kinds[got]
		if is == "" {
			is = got
		}
		if of.Field != "" {
			is = of.Field + " is " + is
		}
		return fmt.Errorf("%s, want %s", is, wanted(of.Type))
	case err == io.EOF:
		return errors.New("it is empty")
	case err == io.ErrUnexpectedEOF:
		return errors.New("it ends in the middle")
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: "))
}

// kinds are the decoder's words for what a text holds.
var kinds = map[string]string{
	"array": "an array", "object": "an object", "string": "a string", "number": "a number", "bool": "true or false",
}

// wanted is what a variable of a type takes.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Pointer:
		return wanted(t.Elem())
	}
	return "a whole number"
}

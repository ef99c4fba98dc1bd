package pickle

import "fmt"

// List is a Python list.
type List struct{ Items []any }

// Tuple is a Python tuple.
type Tuple struct{ Items []any }

// Set is a Python set or frozenset, in the order of the file, duplicates kept.
type Set struct{ Items []any }

// Dict is a Python dict. Items holds key, value, key, value, … in the order of the file.
type Dict struct{ Items []any }

// Get returns the value of a string key, the last one when the key is written twice.
func (d *Dict) Get(key string) (value any, ok bool) {
	for i := len(d.Items) - 2; i >= 0; i -= 2 {
		if d.Items[i] == any(key) {
			return d.Items[i+1], true
		}
	}
	return nil, false
}

// Global is the name of a Python class or function.
type Global struct{ Module, Name string }

// String is the dotted name.
func (g Global) String() string { return g.Module + "." + g.Name }

// Object is a call that Python would have made: Global(*Args), then what the pickle did
// to the result.
type Object struct {
	Global
	Args  []any
	State any   // given to __setstate__; nil = none
	List  []any // appended
	Dict  Dict  // set by key
}

// describe names a value's kind in an error message. It never looks inside.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case []byte:
		return fmt.Sprintf("%d bytes", len(v))
	case *List:
		return fmt.Sprintf("list of %d", len(v.Items))
	case *Tuple:
		return fmt.Sprintf("tuple of %d", len(v.Items))
	case *Set:
		return fmt.Sprintf("set of %d", len(v.Items))
	case *Dict:
		return fmt.Sprintf("dict of %d", len(v.Items)/2)
	case Global:
		return "the name " + v.String()
	case *Object:
		return "object of " + v.String()
	}
	return fmt.Sprintf("%T", v)
}

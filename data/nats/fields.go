package nats

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"

	"github.com/amoeba-nas/amoeba/data/pickle"
)

// maxFields bounds the keys of a dict that is looked up by name, so that many runs that
// share one huge dict cost no time. The official ones have at most 16.
const maxFields = 256

// fields is a dict with known keys; others in it are left alone, for newer files may
// have more.
type fields struct{ dict *pickle.Dict }

// dictOf accepts a dict and an OrderedDict.
func dictOf(v any) (*pickle.Dict, error) {
	switch v := v.(type) {
	case *pickle.Dict:
		return v, nil
	case *pickle.Object:
		if v.Global == orderedDict {
			return &v.Dict, nil
		}
	}
	return nil, wanted("a dictionary", v)
}

func fieldsOf(v any) (fields, error) {
	d, err := dictOf(v)
	if err == nil && len(d.Items)/2 > maxFields {
		err = fmt.Errorf("%d keys, want at most %d", len(d.Items)/2, maxFields)
	}
	return fields{d}, err
}

func wanted(what string, v any) error {
	kind := strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", v), "*pickle."))
	if v == nil {
		kind = "None"
	}
	return fmt.Errorf("want %s, got %s", what, kind)
}

// under puts a key or another place before an error.
func under(place string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", place, err)
}

var errMissing = errors.New("missing")

// field returns what parse makes of a key's value.
func field[T any](f fields, key string, parse func(any) (T, error)) (T, error) {
	v, ok := f.dict.Get(key)
	if !ok {
		var zero T
		return zero, under(key, errMissing)
	}
	t, err := parse(v)
	return t, under(key, err)
}

// number accepts Python's and numpy's numbers.
func number(v any) (float64, error) {
	if o, ok := v.(*pickle.Object); ok {
		var err error
		if v, err = pickle.DecodeScalar(o); err != nil {
			return 0, fmt.Errorf("want a number: %w", err)
		}
	}
	switch v := v.(type) {
	case float64:
		return v, nil
	case int64:
		return float64(v), nil
	}
	return 0, wanted("a number", v)
}

func finite(v any) (float64, error) {
	x, err := number(v)
	if err == nil && (math.IsNaN(x) || math.IsInf(x, 0)) {
		err = fmt.Errorf("want a finite number, got %v", x)
	}
	return x, err
}

// whole accepts 0..2³¹-1: indices, epochs and seeds.
func whole(v any) (int, error) {
	n, ok := v.(int64)
	if !ok {
		return 0, wanted("a whole number", v)
	}
	if n < 0 || n > math.MaxInt32 {
		return 0, fmt.Errorf("want a number 0..2^31-1, got %d", n)
	}
	return int(n), nil
}

// word accepts a short text of printable characters. All official ones are: the longest
// spells a cell. Words stand in the one line of an error.
func word(v any) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", wanted("a text", v)
	}
	if len(s) > 256 {
		return "", fmt.Errorf("want a text of at most 256 bytes, got %d", len(s))
	}
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "", fmt.Errorf("want printable text, got %.60q", s)
	}
	return s, nil
}

func listOf(v any) ([]any, error) {
	if l, ok := v.(*pickle.List); ok {
		return l.Items, nil
	}
	return nil, wanted("a list", v)
}

// perEpoch reads {0: number, 1: number, …} with every epoch there once.
func perEpoch(epochs int, parse func(any) (float64, error)) func(any) ([]float64, error) {
	return func(v any) ([]float64, error) {
		d, err := dictOf(v)
		if err != nil {
			return nil, err
		}
		if have := len(d.Items) / 2; have != epochs {
			return nil, fmt.Errorf("%d epochs, want %d", have, epochs)
		}
		values, seen := make([]float64, epochs), make([]bool, epochs)
		for i := 0; i < len(d.Items); i += 2 {
			e, err := whole(d.Items[i])
			if err != nil {
				return nil, under("a key", err)
			}
			if e >= epochs || seen[e] {
				return nil, fmt.Errorf("key %d, want each epoch 0..%d once", e, epochs-1)
			}
			seen[e] = true
			if values[e], err = parse(d.Items[i+1]); err != nil {
				return nil, fmt.Errorf("epoch %d: %w", e, err)
			}
		}
		return values, nil
	}
}

// optional makes nil of None.
func optional(parse func(any) ([]float64, error)) func(any) ([]float64, error) {
	return func(v any) ([]float64, error) {
		if v == nil {
			return nil, nil
		}
		return parse(v)
	}
}

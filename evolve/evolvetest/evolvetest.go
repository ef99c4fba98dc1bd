package evolvetest

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Open opens what is registered by its spec, as "gp,scale=raw" or "nb201:cifar10", and ends the test where that fails.
func Open[T any](t testing.TB, r *evolve.Registry[T], text string) T {
	t.Helper()
	v, err := TryOpen(r, text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// TryOpen is [Open] for what may be refused.
func TryOpen[T any](r *evolve.Registry[T], text string) (v T, err error) {
	spec, err := evolve.ParseSpec(text)
	if err == nil {
		v, _, err = r.Open(spec)
	}
	return v, err
}

// open constructs an entry, registered or not, with its defaults and the settings.
func open[T any](e evolve.Entry[T], variant string, set []evolve.Setting) (T, error) {
	r := new(evolve.Registry[T])
	r.Register(e)
	v, _, err := r.Open(evolve.Spec{Name: e.Name, Variant: variant, Set: set})
	return v, err
}

// resolve is open without constructing.
func resolve[T any](e evolve.Entry[T], set []evolve.Setting) (evolve.Entry[T], evolve.Options, error) {
	r := new(evolve.Registry[T])
	r.Register(e)
	return r.Resolve(evolve.Spec{Name: e.Name, Set: set})
}

// mustOpen is open for what has to work.
func mustOpen[T any](t *testing.T, e evolve.Entry[T], variant string, set []evolve.Setting) T {
	t.Helper()
	v, err := open(e, variant, set)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// described checks what `amoeba list` prints and that unknown options are refused.
func described[T any](t *testing.T, e evolve.Entry[T]) {
	if e.Doc == "" || e.Paper == "" || strings.ContainsAny(e.Doc+e.Paper, "\n") {
		t.Errorf("%s: Doc %q and Paper %q: want one line each", e.Name, e.Doc, e.Paper)
	}
	for _, p := range e.Params {
		if p.Name == "" || p.Doc == "" {
			t.Errorf("%s: option %+v has no name or no doc", e.Name, p)
		}
	}
	const name = "no_such_option"
	_, err := open(e, "", []evolve.Setting{{Key: name, Value: "1"}})
	unknown(t, err, name, "")
}

// unknown asserts an ErrUnknown that quotes the name and, if given, the nearest known one.
func unknown(t *testing.T, err error, name, nearest string) {
	t.Helper()
	if !errors.Is(err, evolve.ErrUnknown) || !strings.Contains(err.Error(), strconv.Quote(name)) ||
		nearest != "" && !strings.Contains(err.Error(), "did you mean "+strconv.Quote(nearest)) {
		t.Errorf("%q: error %v, want an ErrUnknown that quotes it and suggests %q", name, err, nearest)
	}
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

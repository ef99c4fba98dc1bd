package evolve_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

func TestParseSpec(t *testing.T) {
	for _, c := range []struct {
		text string
		want evolve.Spec
		bad  string // what the error names
	}{
		{"regevo", evolve.Spec{Name: "regevo"}, ""},
		{"nb201:cifar10", evolve.Spec{Name: "nb201", Variant: "cifar10"}, ""},
		{"nb201:", evolve.Spec{Name: "nb201"}, ""},
		{"a:b:c", evolve.Spec{Name: "a", Variant: "b:c"}, ""},
		{"regevo,population=50,sample=10", evolve.Spec{Name: "regevo", Set: []evolve.Setting{{Key: "population", Value: "50"}, {Key: "sample", Value: "10"}}}, ""},
		{"nb201:cifar10,permute=7", evolve.Spec{Name: "nb201", Variant: "cifar10", Set: []evolve.Setting{{Key: "permute", Value: "7"}}}, ""},
		{"a,file=x=y", evolve.Spec{Name: "a", Set: []evolve.Setting{{Key: "file", Value: "x=y"}}}, ""},
		{"", evolve.Spec{}, "a name is missing"},
		{":cifar10", evolve.Spec{}, "a name is missing"},
		{",k=v", evolve.Spec{}, "a name is missing"},
		{"a,", evolve.Spec{}, `"" is not key=value`},
		{"a,k", evolve.Spec{}, `"k" is not key=value`},
		{"a,k=", evolve.Spec{}, `"k=" is not key=value`},
		{"a,=v", evolve.Spec{}, `"=v" is not key=value`},
		{"a,k=1,,l=2", evolve.Spec{}, `"" is not key=value`},
		{"a,k=1,k=2", evolve.Spec{}, "k is given twice"},
	} {
		got, err := evolve.ParseSpec(c.text)
		if c.bad != "" {
			if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), c.bad) {
				t.Errorf("%q: %v, want ErrInvalid that says %s", c.text, err, c.bad)
			}
		} else if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: %+v, %v; want %+v", c.text, got, err, c.want)
		}
	}
}

func FuzzParseSpec(f *testing.F) {
	for _, text := range []string{"", "regevo", "nb201:cifar10,permute=7,source=table", "a:", "a:b:c", "a,k=v=w", "a,k=1,k=2", ":,=\x00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := evolve.ParseSpec(text)
		if err != nil {
			if !errors.Is(err, evolve.ErrInvalid) {
				t.Fatalf("%q: %v, want ErrInvalid", text, err)
			}
			return
		}
		again, err := evolve.ParseSpec(s.String())
		if err != nil || !reflect.DeepEqual(s, again) {
			t.Fatalf("%q is %+v, printed as %q it is %+v, %v", text, s, s.String(), again, err)
		}
		bare := func(text string) string { return strings.Join(strings.Fields(text), "") }
		if got := bare(s.String()); got != bare(text) && got != bare(strings.Replace(text, ":", "", 1)) {
			t.Fatalf("%q prints as %q: only space and an empty variant may go", text, s.String())
		}
	})
}

// thing is what the tests' registry makes: the options it was given.
type thing = evolve.Options

func things() *evolve.Registry[thing] {
	r := new(evolve.Registry[thing])
	r.Register(evolve.Entry[thing]{
		Name:     "regevo",
		Variants: []string{"cifar10", "cifar100"},
		Params: []evolve.Param{
			{Name: "population", Default: "50"},
			{Name: "rate", Default: "0.5"},
			{Name: "replace", Default: "yes", Choices: evolve.YesNo},
		},
		New: func(o evolve.Options) (thing, error) {
			for name := range o.Map() {
				o.Text(name) // a constructor asks for what it uses
			}
			return o, nil
		},
	})
	r.Register(evolve.Entry[thing]{Name: "random", New: func(o evolve.Options) (thing, error) { return o, nil }})
	return r
}

func open(text string) (thing, error) {
	s, err := evolve.ParseSpec(text)
	if err != nil {
		return thing{}, err
	}
	o, _, err := things().Open(s)
	return o, err
}

func TestOpenFillsDefaults(t *testing.T) {
	o, err := open("regevo:cifar100,population=7,replace=no")
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]string{"population": "7", "rate": "0.5", "replace": "no"}; !reflect.DeepEqual(o.Map(), want) {
		t.Errorf("options %v, want %v", o.Map(), want)
	}
	if o.Variant() != "cifar100" || o.Text("population") != "7" || o.Yes("replace") {
		t.Errorf("%+v", o)
	}
	if o, err := open("regevo"); err != nil || o.Variant() != "cifar10" || !o.Yes("replace") {
		t.Errorf("%+v, %v: want the first variant and the defaults", o, err)
	}
	if o, err := open("random"); err != nil || o.Variant() != "" {
		t.Errorf("%+v, %v: want no variant", o, err)
	}
}

// Errors name what was wrong, the nearest of what is known, and all of it.
func TestOpenUnknown(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"regevol", `"regevol": did you mean "regevo"? (known: random, regevo)`},
		{"rand", `did you mean "random"?`},
		{"reg", `did you mean "regevo"?`},
		{"simulated_annealing", `"simulated_annealing" (known: random, regevo)`},
		{"regevo,popluation=3", `regevo "popluation": did you mean "population"?`},
		{"random,seed=3", `"seed": there are none`},
		{"regevo,replace=y", `regevo option replace "y": did you mean "yes"?`},
		{"regevo:cifar", `"cifar": did you mean "cifar10"?`},
		{"random:cifar10", `"cifar10": there are none`},
	} {
		_, err := open(c.text)
		if !errors.Is(err, evolve.ErrUnknown) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want ErrUnknown with %s", c.text, err, c.want)
		}
	}
}

func TestOptionNumbers(t *testing.T) {
	for _, c := range []struct {
		population, rate string
		n                int
		x                float64
		okN, okX         bool
	}{
		{"50", "0.5", 50, .5, true, true},
		{"2", "0", 2, 0, true, true},
		{"1", "1", 0, 1, false, true},
		{"-5", "1.01", 0, 0, false, false},
		{"2.5", "NaN", 0, 0, false, false},
		{"x", "x", 0, 0, false, false},
		{"1e3", "1e-3", 0, .001, false, true},
		{"99999999999999999999", "Inf", 0, 0, false, false},
	} {
		o, err := open("regevo,population=" + c.population + ",rate=" + c.rate)
		if err != nil {
			t.Fatal(err)
		}
		n, err := o.Int("population", 2, 1000)
		if (err == nil) != c.okN || n != c.n || err != nil && (!errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "population="+c.population)) {
			t.Errorf("population=%s: %d, %v; want %d, %t", c.population, n, err, c.n, c.okN)
		}
		x, err := o.Float("rate", 0, 1)
		if (err == nil) != c.okX || x != c.x || err != nil && (!errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "rate="+c.rate)) {
			t.Errorf("rate=%s: %g, %v; want %g, %t", c.rate, x, err, c.x, c.okX)
		}
	}
}

// Mistakes of a programmer are panics that say which.
func TestProgrammersErrors(t *testing.T) {
	o, err := open("random")
	if err != nil {
		t.Fatal(err)
	}
	for want, f := range map[string]func(){
		"regevo registered twice": func() { things().Register(evolve.Entry[thing]{Name: "regevo"}) },
		"has no option seed":      func() { o.Text("seed") },
	} {
		func() {
			defer func() {
				if p, _ := recover().(string); !strings.Contains(p, want) {
					t.Errorf("panic %q, want %q", p, want)
				}
			}()
			f()
		}()
	}
}

// Names come sorted, and a list that a caller changes is the caller's own.
func TestRegistryNames(t *testing.T) {
	r := things()
	r.Register(evolve.Entry[thing]{Name: "aging"})
	r.Entries()[0].Name = "changed"
	equal(t, "names", r.Names(), []string{"aging", "random", "regevo"})
	if e, err := r.Lookup("aging"); err != nil || e.Name != "aging" {
		t.Errorf("%+v, %v", e, err)
	}
}

// An option that was set and that the constructor did not ask for, or called idle, is refused with the
// choice beside it; one that keeps its default is not.
func TestIdleOptions(t *testing.T) {
	r := new(evolve.Registry[thing])
	r.Register(evolve.Entry[thing]{
		Name: "bench",
		Params: []evolve.Param{
			{Name: "source", Default: "table", Choices: []string{"table", "surrogate"}},
			{Name: "moves", Default: "nearest"}, {Name: "noise", Default: "draw"}, {Name: "forgotten", Default: "no"},
		},
		New: func(o evolve.Options) (thing, error) {
			if o.Text("source") == "surrogate" {
				return o, o.Idle("source=surrogate", "moves", "noise", "unknown here")
			}
			o.Text("moves")
			o.Text("noise")
			return o, nil
		},
	})
	for text, want := range map[string]string{
		"bench": "", "bench,source=surrogate": "", "bench,moves=refuse": "", "bench,source=surrogate,moves=nearest": "", "bench,forgotten=no": "",
		"bench,source=surrogate,moves=refuse": "bench: moves=refuse has no effect with source=surrogate",
		"bench,noise=mean,source=surrogate":   "bench: noise=mean has no effect with source=surrogate",
		"bench,forgotten=yes":                 "bench: forgotten=yes has no effect with the other options",
	} {
		s, err := evolve.ParseSpec(text)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = r.Open(s)
		if want == "" && err != nil || want != "" && (!errors.Is(err, evolve.ErrUnsupported) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

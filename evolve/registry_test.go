package evolve_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// thing is what the tests' registry makes: the options it was given.
type thing = evolve.Options

// takeAll asks for every option.
func takeAll(o evolve.Options) (thing, error) {
	for name := range o.Map() {
		o.Text(name)
	}
	return o, nil
}

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
		New: takeAll,
	})
	r.Register(evolve.Entry[thing]{Name: "random", New: takeAll})
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

// An option that was given and that the constructor does not ask for is refused, with what it is of.
func TestIdleOptions(t *testing.T) {
	r := new(evolve.Registry[thing])
	r.Register(evolve.Entry[thing]{Name: "pool", Params: []evolve.Param{
		{Name: "source", Default: "whole", Choices: []string{"whole", "part"}},
		{Name: "moves", Default: "nearest", Of: "source=part"}, {Name: "sampler", Default: "all"}, {Name: "noise", Default: "none", Choices: []string{"none"}},
	}, New: func(o evolve.Options) (thing, error) {
		if o.Text("source") == "part" {
			o.Text("moves")
		} else {
			o.Text("sampler")
		}
		return o, nil
	}})
	for text, want := range map[string]string{
		"pool": "", "pool,source=part": "", "pool,source=part,moves=refuse": "", "pool,sampler=all,noise=none": "",
		"pool,moves=nearest":             "pool: moves=nearest has no effect here, it is of source=part: leave it out",
		"pool,sampler=x,source=part":     "pool: sampler=x has no effect here: leave it out",
		"pool,source=whole,moves=\"a,\"": "pool: moves=a, has no effect here, it is of source=part",
	} {
		s, err := evolve.ParseSpec(text)
		if err != nil {
			t.Fatal(err)
		}
		switch _, _, err := r.Open(s); {
		case want == "" && err != nil:
			t.Errorf("%s: %v", text, err)
		case want != "" && (!errors.Is(err, evolve.ErrUnsupported) || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want ErrUnsupported with %s", text, err, want)
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

package evolve_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// thing is what the tests' registry makes: the options it was given.
type thing = evolve.Options

// takeAll asks for every option.
func takeAll(o evolve.Options) (thing, error) {
	for _, name := range o.Names() {
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
			evolve.Int("population", 50, 2, 1000, "members"),
			evolve.Float("rate", 0.5, 0, 1, "share"),
			evolve.Switch("replace", true, "put back"),
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

func must(t *testing.T, text string) thing {
	t.Helper()
	o, err := open(text)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestOpenFillsDefaults(t *testing.T) {
	o, err := open("regevo:cifar100,population=7,replace=no")
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]any{"population": "7", "rate": "0.5", "replace": "no"}; !reflect.DeepEqual(o.Map(), want) {
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
		evolve.Choice("source", "where from", "whole", "part"), evolve.Text("moves", "nearest", "where to").OnlyFor("source=part"),
		evolve.Text("sampler", "all", "from what"), evolve.Choice("noise", "there is none", "none"),
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

// Resolve checks kinds and ranges: what a constructor reads is a plain value.
func TestOptionKinds(t *testing.T) {
	r := evolve.NewRegistry[thing]("thing")
	r.Register(evolve.Entry[thing]{Name: "all", New: takeAll, Params: []evolve.Param{
		evolve.Int("n", 50, 2, 1000, ""), evolve.Float("x", 0.5, 0, 1, ""), evolve.Float("lr", 0.1, 1e-6, 100, "").Logarithmic(),
		evolve.Choice("epochs", "", "4", "12").Defaulting("12"), evolve.Switch("on", false, ""), evolve.Seed("seed", ""), evolve.Text("text", "none", ""),
	}})
	for _, c := range []struct{ set, want, bad string }{
		{"", "50 0.5 0.1 12 false 0 false none", ""},
		{"n=2,x=0,lr=1e-6,epochs=4,on=yes,seed=0,text=a", "2 0 1e-06 4 true 0 true a", ""},
		{"n=1000,x=1,lr=100,seed=18446744073709551615", "1000 1 100 12 false 18446744073709551615 true none", ""},
		{"x=1e-3", "50 0.001 0.1 12 false 0 false none", ""},
		{"n=1", "", "thing all: n=1: out of range, the range is 2 to 1000"},
		{"n=-5", "", "n=-5: out of range, the range is 2 to 1000"},
		{"n=99999999999999999999", "", "out of range, the range is 2 to 1000"},
		{"n=2.5", "", "n=2.5: want a whole number, the range is 2 to 1000"},
		{"n=1e3", "", "want a whole number"},
		{"n=x", "", "want a whole number"},
		{"x=1.01", "", "x=1.01: out of range, the range is 0 to 1"},
		{"x=Inf", "", "out of range, the range is 0 to 1"},
		{"x=NaN", "", "x=NaN: want a number, the range is 0 to 1"},
		{"x=1e999", "", "out of range"},
		{"lr=0", "", "lr=0: out of range, the range is 1e-06 to 100"},
		{"epochs=5", "", `option epochs "5": did you mean "4"? (known: 4, 12)`},
		{"on=y", "", `option on "y": did you mean "yes"?`},
		{"seed=-1", "", "seed=-1: want no or a seed, a whole number from 0 to 2⁶⁴-1"},
		{"seed=18446744073709551616", "", "want no or a seed"},
	} {
		s, err := evolve.ParseSpec(strings.TrimSuffix("all,"+c.set, ","))
		if err != nil {
			t.Fatal(err)
		}
		o, _, err := r.Open(s)
		if c.bad != "" {
			if err == nil || !errors.Is(err, evolve.ErrInvalid) && !errors.Is(err, evolve.ErrUnknown) || !strings.Contains(err.Error(), c.bad) {
				t.Errorf("%s: %v, want an error with %s", c.set, err, c.bad)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.set, err)
			continue
		}
		seed, ok := o.Seed("seed")
		got := fmt.Sprint(o.Int("n"), o.Float("x"), o.Float("lr"), o.Int("epochs"), o.Yes("on"), seed, ok, " "+o.Text("text"))
		if got = strings.Join(strings.Fields(got), " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.set, got, c.want)
		}
	}
}

// Range and kind are what `amoeba list` prints.
func TestParamRange(t *testing.T) {
	for _, c := range []struct {
		p           evolve.Param
		kind, limit string
	}{
		{evolve.Int("n", 1, 0, 1<<30, ""), "int", "0 to 1073741824"},
		{evolve.Float("x", 1, 1e-6, 1e9, ""), "float", "1e-06 to 1e+09"},
		{evolve.Choice("c", "", "a", "b"), "choice", "a|b"},
		{evolve.Switch("s", true, ""), "switch", "yes|no"},
		{evolve.Seed("d", ""), "seed", "no, or 0 to 2⁶⁴-1"},
		{evolve.Text("t", "none", ""), "text", ""},
		{evolve.Nested("i", "searcher", "random", ""), "spec", "a searcher"},
		{evolve.Named("m", evolve.Mutates, "default", ""), "name", "a mutation"},
	} {
		if c.p.Kind.String() != c.kind || c.p.Range() != c.limit {
			t.Errorf("%s: %s %q, want %s %q", c.p.Name, c.p.Kind, c.p.Range(), c.kind, c.limit)
		}
	}
}

// outer is a searcher with another within it.
type outer struct {
	evolve.Searcher
	inner evolve.Searcher
	spec  evolve.Spec
}

type inner struct {
	evolve.Searcher
	n int
}

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name: "test-inner", Params: []evolve.Param{
			evolve.Int("n", 1, 0, 9, ""), evolve.Choice("how", "", "a", "b").OnlyFor("an n above 0"), evolve.Switch("later", false, "").AddedLater()},
		New: func(o evolve.Options) (evolve.Searcher, error) {
			if o.Int("n") > 0 {
				o.Text("how")
			}
			o.Yes("later")
			return inner{n: o.Int("n")}, nil
		},
	})
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name: "test-outer", Params: []evolve.Param{
			evolve.Int("eta", 3, 2, 9, ""), evolve.Nested("inner", "searcher", "test-inner", ""), evolve.Nested("late", "searcher", "test-inner", "").AddedLater()},
		New: func(o evolve.Options) (evolve.Searcher, error) {
			o.Int("eta")
			if _, err := evolve.Searchers.OpenNested(o, "late"); err != nil {
				return nil, err
			}
			s, err := evolve.Searchers.OpenNested(o, "inner")
			return outer{inner: s, spec: o.Spec("inner")}, err
		},
	})
}

func TestNestedSpecs(t *testing.T) {
	for _, c := range []struct{ text, spec, identity, bad string }{
		{"test-outer", "test-inner", "test-outer,eta=3,inner=(test-inner,how=a,n=1)", ""},
		{"test-outer,inner=test-inner", "test-inner", "test-outer,eta=3,inner=(test-inner,how=a,n=1)", ""},
		{"test-outer,inner=(test-inner,n=1,later=no),late=(test-inner,how=a)", "test-inner,n=1,later=no", "test-outer,eta=3,inner=(test-inner,how=a,n=1)", ""},
		{`test-outer,inner="test-inner,n=2"`, "test-inner,n=2", "test-outer,eta=3,inner=(test-inner,how=a,n=2)", ""},
		{"test-outer,eta=4,inner=( test-inner , later = yes )", "test-inner,later=yes", "test-outer,eta=4,inner=(test-inner,how=a,later=yes,n=1)", ""},
		{"test-outer,late=(test-inner,n=2)", "test-inner", "test-outer,eta=3,inner=(test-inner,how=a,n=1),late=(test-inner,how=a,n=2)", ""},
		{"test-outer,inner=(test-outer,inner=(test-inner,n=0))", "test-outer,inner=(test-inner,n=0)",
			"test-outer,eta=3,inner=(test-outer,eta=3,inner=(test-inner,how=a,n=0))", ""},
		{"test-outer,inner=(test-inner,m=3)", "", "", `searcher test-outer: inner: option of searcher test-inner "m"`},
		{"test-outer,inner=(test-outer,inner=(test-inner,n=10))", "", "",
			"searcher test-outer: inner: searcher test-outer: inner: searcher test-inner: n=10: out of range, the range is 0 to 9"},
		{"test-outer,inner=test-innre", "", "", `searcher test-outer: inner: searcher "test-innre": did you mean "test-inner"?`},
		{"test-outer,inner=test-inner:x", "", "", `searcher test-outer: inner: data set of searcher test-inner "x": there are none`},
		{"test-outer,inner=(test-inner,n=0,how=b)", "", "", "searcher test-outer: inner: searcher test-inner: how=b has no effect here, it is of an n above 0: leave it out"},
		{`test-outer,inner="(a"`, "", "", "searcher test-outer: inner: "},
	} {
		s, err := evolve.ParseSpec(c.text)
		if err != nil {
			t.Fatal(err)
		}
		got, o, err := evolve.Searchers.Open(s)
		if c.bad != "" {
			if err == nil || !strings.Contains(err.Error(), c.bad) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %v, want one line with %s", c.text, err, c.bad)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if spec := got.(outer).spec.String(); spec != c.spec || o.Identity().String() != c.identity {
			t.Errorf("%s: within is %s, it all is %s; want %s, %s", c.text, spec, o.Identity(), c.spec, c.identity)
		}
		if again, _, err := evolve.Searchers.Resolve(o.Identity()); err != nil || again.Name != "test-outer" {
			t.Errorf("%s: its identity is read as %+v, %v", c.text, again, err)
		}
	}
}

// Nested options are objects, for files and other programs.
func TestNestedMap(t *testing.T) {
	s, err := evolve.ParseSpec("test-outer,inner=(test-outer,eta=5)")
	if err != nil {
		t.Fatal(err)
	}
	_, o, err := evolve.Searchers.Resolve(s)
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(o.Map())
	leaf := `{"name":"test-inner","params":{"how":"a","later":"no","n":"1"}}`
	want := `{"eta":"3","inner":{"name":"test-outer","params":{"eta":"5","inner":` + leaf + `,"late":` + leaf + `}},"late":` + leaf + `}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v; want %s", got, err, want)
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
		"rate is no whole number": func() { must(t, "regevo,rate=0.25").Int("rate") },
		"replace is no nested":    func() { must(t, "regevo").Spec("replace") },
		"replace is no number":    func() { must(t, "regevo").Float("replace") },
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

// An option and its old spelling mean the same, and an algorithm's identity is what it was by the old one where that can
// say it.
func TestOldSpelling(t *testing.T) {
	r := evolve.NewRegistry[evolve.Searcher]("searcher")
	r.Register(evolve.Entry[evolve.Searcher]{Name: "x", Params: []evolve.Param{
		evolve.Switch("repeats", true, "").Spelling("repeat", map[string]string{"yes": "charge", "no": "skip"}),
		evolve.Choice("repeat", "", "charge", "cache", "skip").AddedLater(),
	}, New: func(o evolve.Options) (evolve.Searcher, error) { o.Text("repeat"); return nil, nil }})
	for _, c := range []struct{ text, repeats, repeat, identity string }{
		{"x", "yes", "charge", "x,repeats=yes"},
		{"x,repeats=no", "no", "skip", "x,repeats=no"},
		{"x,repeat=skip", "no", "skip", "x,repeats=no"},
		{"x,repeat=charge,repeats=yes", "yes", "charge", "x,repeats=yes"},
		{"x,repeat=cache", "yes", "cache", "x,repeat=cache,repeats=yes"},
	} {
		s, err := evolve.ParseSpec(c.text)
		if err != nil {
			t.Fatal(err)
		}
		_, o, err := r.Open(s)
		if err != nil {
			t.Fatal(err)
		}
		if o.Text("repeats") != c.repeats || o.Text("repeat") != c.repeat || o.Identity().String() != c.identity {
			t.Errorf("%s: repeats=%s, repeat=%s, %s", c.text, o.Text("repeats"), o.Text("repeat"), o.Identity())
		}
	}
	_, _, err := r.Open(evolve.Spec{Name: "x", Set: []evolve.Setting{{Key: "repeat", Value: "cache"}, {Key: "repeats", Value: "no"}}})
	if want := "searcher x: repeats=no means repeat=skip, and repeat=cache is given too: leave one of them out"; !errors.Is(err, evolve.ErrInvalid) || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
}

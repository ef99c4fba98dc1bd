package search_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/space"
	_ "github.com/amoeba-nas/amoeba/surrogate"
)

// What a problem must offer and know is said of every searcher and of those within it, and nothing else is.
func TestFit(t *testing.T) {
	nlp, _, err := evolve.Spaces.Open(evolve.Spec{Name: "nlp"})
	if err != nil {
		t.Fatal(err)
	}
	all := (&evolvetest.Invented{Space: space.NB201{}, Rungs: true}).Problem()
	recipes := (&evolvetest.Invented{Space: nlp, Rungs: true}).Problem()
	bits := (&evolvetest.Invented{Space: space.Bits{Length: 9}, Rungs: true}).Problem()
	poor := evolve.Problem{Space: bare{}}
	single := (&evolvetest.Invented{Space: space.NB201{}}).Problem()
	for _, c := range []struct {
		algo string
		p    evolve.Problem
		want string // in the error; "" for none
	}{
		{"random", poor, ""},
		{"regevo", poor, "regevo: space bare offers no mutation here (a pool of recorded architectures does with moves=nearest)"},
		{"regevo", recipes, ""},
		{"eaopt", recipes, "eaopt: space nlp has no crossover"},
		{"eaopt", poor, "no mutation here (a pool of recorded architectures does with moves=nearest); space bare has no crossover"},
		{"pick", poor, "pick: there are no training-free scores"},
		{"pick,drawn=0", recipes, "pick: space nlp cannot be enumerated"},
		{"pick,drawn=1", recipes, ""},
		{"asha", all.At(9), "asha: there is no second fidelity, a number of epochs to train for"},
		{"asha", all, ""},
		{"asha,inner=eaopt", all, ""},
		{"asha,inner=eaopt", recipes, "asha: inner: eaopt: space nlp has no crossover"},
		{"asha,inner=asha", all, "asha: inner, which is shown one fidelity: asha: there is no second fidelity"},
		{"asha,inner=(pick,drawn=0)", recipes, "asha: inner: pick: space nlp cannot be enumerated"},
		{"local", poor, "local: space bare lists no neighbours of an architecture"},
		{"local,same=network", all, ""},
		{"nsga2", all, ""},
		{"nsga2,crossover=1", recipes, "nsga2: space nlp has no crossover"},
		{"nsga2", single, "nsga2: there is no second objective"},
		{"lemonade", single, "lemonade: there is no second objective"},
		{"lemonade", poor, "lemonade: space bare offers no mutation here"},
		{"asha,by=front", all, ""},
		{"de", poor, "de: space bare is no list of decisions"},
		{"reinforce", poor, "reinforce: space bare is no list of decisions"},
		{"tpe", poor, "tpe: space bare is no list of decisions"},
		{"asha,inner=(tpe,candidates=9)", all, ""},
		{"gp,kernel=wl", all, ""},
		{"gp,kernel=wl", poor, "gp: space bare has no graphs of labelled nodes, as nb201 has"},
		{"asha,inner=(gp,kernel=wl)", bits, "asha: inner: gp: space bits has no graphs of labelled nodes, as nb201 has"},
		{"gp,kernel=hamming", bits, ""},
		{"regevo,mutation=uniform", all, ""},
		{"regevo,mutation=uniforn", all, `regevo: nb201 mutation "uniforn": did you mean "uniform"?`},
		{"asha,inner=(regevo,mutation=flip)", all, `asha: inner: regevo: nb201 mutation "flip"`},
		{"pick,by=params", all, ""},
		{"pick,by=params+flops", all, `pick: proxy "params+flops"`},
		{"gp,proxies=params+params", all, ""},
		{"pick,by=parms", all, `pick: proxy "parms": did you mean "params"?`},
	} {
		spec, err := evolve.ParseSpec(c.algo)
		if err != nil {
			t.Fatal(err)
		}
		e, o, err := evolve.Searchers.Resolve(spec)
		if err != nil {
			t.Fatal(err)
		}
		err = e.Fit(o, c.p)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s on %s: %v", c.algo, c.p.Space.Name(), err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, evolve.ErrUnsupported) && !errors.Is(err, evolve.ErrUnknown) {
			t.Errorf("%s on %s: %v, want %q", c.algo, c.p.Space.Name(), err, c.want)
		}
	}
}

// A refusal names the benchmarks that would do; that a name is unknown is another matter.
func TestSuggest(t *testing.T) {
	t.Setenv("AMOEBA_DATA", t.TempDir()) // what is embedded alone
	for algo, want := range map[string]string{
		"asha":                 "asha: there is no second fidelity, a number of epochs to train for; with their defaults these benchmarks would do: digits201, nasnet-digits, nb201: unsupported",
		"asha,inner=asha":      "no benchmark that can be opened here would do: unsupported",
		"gp,kernel=wl":         "gp: space bits has no graphs of labelled nodes, as nb201 has; with their defaults these benchmarks would do: accel, digits201, nasnet-digits, nb101, nb201: unsupported",
		"pick,by=foo":          "with names that they know these benchmarks would do: digits201, nasnet-digits, nb101, nb201: unsupported",
		"nsga2":                "nsga2: there is no second objective, one more name in the benchmark's objectives=; with objectives=error+params these benchmarks would do: digits201, nasnet-digits, nb101, nb201: unsupported",
		"regevo,mutation=flop": `regevo: bits mutation "flop": did you mean "flip"? (known: flip): unknown`,
	} {
		spec, err := evolve.ParseSpec(algo)
		if err != nil {
			t.Fatal(err)
		}
		e, o, err := evolve.Searchers.Resolve(spec)
		if err != nil {
			t.Fatal(err)
		}
		refusal := e.Fit(o, evolve.Problem{Space: space.Bits{Length: 9}})
		if err := e.Suggest(o, refusal); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v, want %q", algo, err, want)
		}
	}
}

// Tables name proxies in their own way: params and flops find them, other names must be exact.
func TestProxyByName(t *testing.T) {
	p := evolve.Problem{}
	for _, name := range []string{"synflow", "cora_params", "macs", "params_m"} {
		p.Proxies = append(p.Proxies, evolve.Proxy{Name: name})
	}
	for name, want := range map[string]string{"synflow": "synflow", "params": "cora_params", "params_m": "params_m", "flops": "macs", "synflo": "", "param": ""} {
		x, err := p.Proxy(name)
		if x.Name != want || (err == nil) != (want != "") || err != nil && !errors.Is(err, evolve.ErrUnknown) {
			t.Errorf("%s: %q, %v, want %q", name, x.Name, err, want)
		}
	}
}

package lab

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/amoeba-nas/amoeba/evolve"
)

func TestReadSpec(t *testing.T) {
	every := Spec{Benchmark: "bits,length=8", Algos: []string{"random", "regevo,kill=worst"}, Seeds: 3, Trials: 4, Budget: 5.5, Overshoot: "count",
		Epochs: 12, Workers: 6, Record: "all", FidelityRule: "any", Incumbent: "searcher", Seed: 1<<64 - 1}
	text := "benchmark: bits,length=8\nalgos: [random, 'regevo,kill=worst']\nseeds: 3\ntrials: 4\nbudget: 5.5\novershoot: count\nepochs: 12\nworkers: 6\nrecord: all\nfidelity_rule: any\nincumbent: searcher\nseed: 18446744073709551615\n"
	one := Default()
	one.Workers, one.Seeds = 2, 0 // whose default waits for the benchmark
	for name, c := range map[string]struct {
		text string
		want Spec
	}{
		"every key":            {text, every},
		"one key, a comment":   {"# mine\nworkers: 2 # two\n", one},
		"a document's mark":    {"---\nworkers: 2\n", one},
		"flow style, no break": {"{workers: 2}", one},
		"windows line ends":    {"workers: 2\r\n", one},
	} {
		got, err := ReadSpec("x.yaml", []byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestReadSpecRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"seeds: 2\nseedz: 3\n", `x.yaml:2: key "seedz": did you mean "seeds"?`},
		{"Workers: 3\n", `x.yaml:1: key "Workers": did you mean "workers"?`},
		{"workers: 2\nworkers: 3\n", `x.yaml:2: mapping key "workers" already defined`},
		{"record: all\nseeds: 1.5\n", "x.yaml:2: seeds: 1.5 is not a whole number"},
		{"workers: \"2\"\n", "x.yaml:1: workers"},
		{"workers: [2]\n", "x.yaml:1: workers"},
		{"workers: true\n", "x.yaml:1: workers"},
		{"trials: 99999999999999999999\n", "x.yaml:1: trials"},
		{"seed: -1\n", "x.yaml:1: "},
		{"workers: 2\nseeds: 0\n", "x.yaml:2: seeds 0: want a whole number, 1 to 1000000"},
		{"seeds: -3\n", "x.yaml:1: seeds -3: want a whole number, 1 to 1000000"},
		{"seed: 1e3\n", "x.yaml:1: seed: 1e3 is not a whole number"},
		{"budget: abc\n", "x.yaml:1: "},
		{"algos: random\n", "x.yaml:1: string was used where sequence is expected"},
		{"benchmark:\n", "x.yaml:1: benchmark has no value"},
		{"1: 2\n", "x.yaml:1: key 1 is no name"},
		{"", "x.yaml: empty"},
		{"# only this\n", "x.yaml: empty"},
		{"null\n", "x.yaml:1: "},
		{"[]\n", "x.yaml:1: want keys and values"},
		{"workers: 2\n---\nworkers: 3\n", "x.yaml: 2 YAML documents"},
		{"a: b: c\n", "x.yaml:1: "},
		{"workers: &a 2\nseeds: *a\n", "x.yaml:1: an anchor"},
		{"<<: {workers: 3}\n", "x.yaml:1: an anchor, alias, merge key or tag"},
		{"workers: 3\nalgos: !!binary aGk=\n", "x.yaml:2: an anchor, alias, merge key or tag: write the value out"},
		{"\xff\xfe\x00", "x.yaml:1: "},
		{"\x00", "x.yaml"},
	} {
		_, err := ReadSpec("x.yaml", []byte(c.text))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || !errors.Is(err, evolve.ErrInvalid) && !errors.Is(err, evolve.ErrUnknown) {
			t.Errorf("%q: got %v, want %s…", c.text, err, c.want)
		}
	}
}

// A hostile file costs neither minutes nor gigabytes.
func TestReadSpecHostile(t *testing.T) {
	bomb := "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
	for i := range 8 {
		from, to := string(rune('0'+i)), string(rune('1'+i))
		bomb += "a" + to + ": &a" + to + " [" + strings.Repeat("*a"+from+",", 9) + "]\n"
	}
	for name, text := range map[string]string{
		"aliases":  bomb + "algos: *a8\n",
		"brackets": "algos: " + strings.Repeat("[", 8000),
		"nested":   "algos: " + strings.Repeat("[", 8000) + strings.Repeat("]", 8000),
		"braces":   "algos: " + strings.Repeat("{a: ", 4000),
		"dashes":   strings.Repeat("- ", 8000),
		"long":     "algos: " + strings.Repeat("[", 1<<20),
		"anchors":  "algos: " + strings.Repeat("&a ", 5000),
		"quotes":   strings.Repeat("'", 16001),
		"keys":     strings.Repeat("? ", 8000),
	} {
		done := make(chan error, 1)
		go func() { _, err := ReadSpec("x.yaml", []byte(text)); done <- err }()
		select {
		case err := <-done:
			if err == nil {
				t.Errorf("%s: was accepted", name)
			}
		case <-time.After(20 * time.Second): // of a fraction of one
			t.Fatalf("%s: hangs", name)
		}
	}
}

// What a folder holds is read back as what was run, whatever the numbers.
func TestSpecRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Spec{
			Benchmark: rapid.SampledFrom([]string{"bits", "bits,length=7", "bits,noise=1e-9,cost=0.5"}).Draw(t, "benchmark"),
			Algos:     rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"random", "random,repeats=no", "regevo,kill=worst", "eaopt,mutate=1e-3"}), 1, 4, rapid.ID).Draw(t, "algos"),
			Seeds:     rapid.IntRange(1, MaxSeeds).Draw(t, "seeds"), Trials: rapid.IntRange(0, MaxTrials).Draw(t, "trials"),
			Budget:    rapid.Float64Range(0, MaxBudget).Draw(t, "budget"),
			Overshoot: rapid.SampledFrom([]string{"drop", "count"}).Draw(t, "overshoot"), Workers: rapid.IntRange(1, 1<<20).Draw(t, "workers"),
			Record: rapid.SampledFrom([]string{"incumbents", "all", "none"}).Draw(t, "record"), Seed: rapid.Uint64().Draw(t, "seed"),
		}
		e, err := Open(s)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadSpec("x.yaml", e.YAML())
		if err != nil {
			t.Fatalf("%v of\n%s", err, e.YAML())
		}
		if d := cmp.Diff(e.Spec, again); d != "" {
			t.Fatal(d)
		}
		twice, err := Open(again)
		if err != nil {
			t.Fatal(err)
		}
		if string(twice.YAML()) != string(e.YAML()) || twice.ID() != e.ID() {
			t.Fatalf("opened again it is another experiment:\n%s\n%s", e.YAML(), twice.YAML())
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Spec)
		want   string
	}{
		"negative seeds":    {func(s *Spec) { s.Seeds = -1 }, "seeds -1: want a whole number, 1 to 1000000"},
		"too many seeds":    {func(s *Spec) { s.Seeds = 1<<31 - 1 }, "seeds 2147483647: want a whole number, 1 to 1000000"},
		"negative trials":   {func(s *Spec) { s.Trials = -1 }, "trials -1"},
		"negative budget":   {func(s *Spec) { s.Budget = -1 }, "budget -1"},
		"no workers":        {func(s *Spec) { s.Workers = 0 }, "workers 0"},
		"negative epochs":   {func(s *Spec) { s.Epochs = -12 }, "epochs -12"},
		"no algos":          {func(s *Spec) { s.Algos = nil }, "no algorithm"},
		"overshoot":         {func(s *Spec) { s.Overshoot = "dorp" }, `overshoot "dorp": did you mean "drop"?`},
		"record":            {func(s *Spec) { s.Record = "" }, `record ""`},
		"benchmark":         {func(s *Spec) { s.Benchmark = "bit" }, `benchmark "bit": did you mean "bits"?`},
		"no benchmark":      {func(s *Spec) { s.Benchmark = "" }, "a name is missing"},
		"benchmark option":  {func(s *Spec) { s.Benchmark = "bits,lenght=3" }, `did you mean "length"?`},
		"data set":          {func(s *Spec) { s.Benchmark = "bits:cifar10" }, `data set of benchmark bits "cifar10": there are none`},
		"epochs of bits":    {func(s *Spec) { s.Epochs = 12 }, "benchmark bits has no schedules"},
		"epochs twice":      {func(s *Spec) { s.Benchmark, s.Epochs = "nb201,epochs=200", 12 }, "epochs 12 contradicts"},
		"epochs of nb201":   {func(s *Spec) { s.Benchmark, s.Epochs = "nb201", 13 }, `"13": did you mean "12"?`},
		"algo":              {func(s *Spec) { s.Algos = []string{"regevol"} }, `searcher "regevol": did you mean "regevo"?`},
		"algo option":       {func(s *Spec) { s.Algos = []string{"random,reapets=no"} }, `did you mean "repeats"?`},
		"algo value":        {func(s *Spec) { s.Algos = []string{"regevo,kill=oldes"} }, `did you mean "oldest"?`},
		"algo twice":        {func(s *Spec) { s.Algos = []string{"regevo", "random", "regevo,population=50"} }, `algo "regevo,population=50" is the same as "regevo"`},
		"algo on the space": {func(s *Spec) { s.Algos = []string{"regevo,mutation=nats"} }, `algo "regevo,mutation=nats" on bits`},
		"algo settings":     {func(s *Spec) { s.Algos = []string{"eaopt,population=0"} }, "searcher eaopt: population=0: out of range, the range is 2 to 1000000"},
	} {
		s := Default()
		s.Benchmark = "bits"
		c.change(&s)
		_, err := Open(s)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want one line with %s", name, err, c.want)
		}
	}
}

// Runs of one arm depend on nothing but the arm and the seed.
func TestSeedsShiftNobody(t *testing.T) {
	s := Default()
	s.Benchmark = "bits"
	more := s
	more.Algos, more.Seeds = []string{"random", "regevo,sample=2", "regevo"}, 7
	a, err1 := Open(s)
	b, err2 := Open(more)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if a.Seed(&a.Arms[0], 4) != b.Seed(&b.Arms[2], 4) {
		t.Error("another experiment gives the same arm other seeds")
	}
	seen := map[uint64]bool{}
	for i := range a.Arms {
		for run := range 500 {
			seen[a.Seed(&a.Arms[i], run)] = true
		}
	}
	if len(seen) != 2000 {
		t.Errorf("%d different seeds of 2000 runs", len(seen))
	}
}

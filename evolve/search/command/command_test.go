//go:build unix

package command

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/hyper"
	_ "github.com/amoeba-nas/amoeba/evolve/search"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

var nb201 = &evolvetest.Invented{Space: space.NB201{}, Rungs: true}

// A program that searches at random keeps the contract of every searcher.
func TestContract(t *testing.T) {
	evolvetest.Searcher(t, entry("random"), nb201)
}

// study runs a searcher for 40 trials on two workers.
func study(s evolve.Searcher, ctx context.Context) (evolve.Summary, error) {
	return (&evolve.Study{Problem: nb201.Problem(), Searcher: s, Pool: evolve.Simulate(nb201, 2), Trials: 40, Seed: 1}).Run(ctx)
}

// Whatever a program does, its run ends, says why with the end of what it wrote to standard error, and leaves nothing.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		how  []string
		want []string // parts of the error
	}{
		{[]string{"dies", "0"}, []string{"asked for trial 1: ended with status 1; its standard error: Traceback / ImportError: no module named ideas"}},
		{[]string{"dies", "10"}, []string{"asked for trial 11: ended with status 3; its standard error: out of ideas"}},
		{[]string{"hangs", "10"}, []string{"asked for trial 11: did not answer within 300ms"}},
		{[]string{"closes", "3"}, []string{"asked for trial 4: closed its standard input or output"}},
		{[]string{"floods", "3"}, []string{"asked for trial 4: answered \"xxx"}},
		{[]string{"floods without an end", "3"}, []string{"wrote a line of more than 1048576 bytes: \"xxx"}},
		{[]string{"floods errors", "3"}, []string{"did not answer within 300ms", "; its standard error: …"}},
		{[]string{"says", "3", "hello"}, []string{`asked for trial 4: answered "hello": invalid character 'h'`}},
		{[]string{"says", "3", "{\"arch\":\"000000\"}\nthat was trial 4"}, []string{`asked for trial 5: wrote more than the line that answers: "that was trial 4`}},
		{[]string{"says", "3", ""}, []string{`answered "": it is empty`}},
		{[]string{"says", "3", "[]"}, []string{`answered "[]": an array, want an object`}},
		{[]string{"says", "3", `{"arch":"000000","wait":true}`}, []string{"arch and wait at once, want one of them"}},
		{[]string{"says", "3", "{}"}, []string{"want one of choose, arch, wait and done"}},
		{[]string{"says", "0", `{"wait":true}`}, []string{"no trial is open that it could wait for"}},
		{[]string{"says", "3", `{"choose":[1,2,3]}`}, []string{"want 6 numbers, one for each decision, got 3"}},
		{[]string{"says", "3", `{"choose":[0,0,0,0,0,5]}`}, []string{"5, want the number of an option, 0 to 4"}},
		{[]string{"says", "3", `{"choose":[0,0,0,0,0,null]}`}, []string{"no number, want the number of an option, 0 to 4"}},
		{[]string{"says", "3", `{"arch":"999999"}`}, []string{`answered "{\"arch\":\"999999\"}"`, "999999"}},
		{[]string{"says", "3", `{"arch":"000000","epochs":7}`}, []string{"epochs 7: want one of the fidelities 1, 3, 9"}},
		{[]string{"says", "3", `{"arch":"000000","parents":[4]}`}, []string{"the parent 4 is no trial that it was told of"}},
		{[]string{"says", "3", `{"arch":"000000","from":44}`}, []string{"from 44 is no trial that ended with a loss"}},
		{[]string{"says", "20", `{"arch":"000000","from":1}`}, []string{"from 1 is a trial of ", ": want one of the same architecture"}},
	} {
		s := open(t, c.how...)
		if s.Timeout = 5 * time.Second; strings.Contains(c.want[0], "300ms") {
			s.Timeout = 300 * time.Millisecond
		}
		begin := time.Now()
		sum, err := study(s, context.Background())
		if !errors.Is(err, evolve.ErrBroken) || len(err.Error()) > 1000 {
			t.Errorf("%q: after %d trials: %v", c.how, sum.Trials, err)
			continue
		}
		for _, part := range c.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q: after %d trials: %v, want %s", c.how, sum.Trials, err, part)
			}
		}
		if at, _ := strconv.Atoi(c.how[1]); sum.Trials > at+1 {
			t.Errorf("%q: %d trials count", c.how, sum.Trials)
		}
		if took := time.Since(begin); took > 15*time.Second {
			t.Errorf("%q: took %v", c.how, took)
		}
	}
}

// A program that leaves a child with its pipes is gone with it, whether it dies or ends with the study.
func TestLeavesNothing(t *testing.T) {
	if _, err := exec.LookPath("sleep"); err != nil {
		t.Skip("no sleep")
	}
	for _, at := range []string{"5", "100"} {
		path := filepath.Join(t.TempDir(), "pid")
		_, err := study(open(t, "leaves", at, path), context.Background())
		if (err == nil) != (at == "100") {
			t.Errorf("dies after %s trials: %v", at, err)
		}
		// What has left the group holds the pipes, and makes nobody wait.
		escaped, begin := path+".escaped", time.Now()
		_, err = study(open(t, "escapes", at, escaped), context.Background())
		if took := time.Since(begin); (err == nil) != (at == "100") || took > 10*time.Second {
			t.Errorf("dies after %s trials, and another holds the pipes: %v after %v", at, err, took)
		}
		text, err := os.ReadFile(escaped)
		if err != nil {
			t.Fatal(err)
		}
		if pid, err := strconv.Atoi(string(text)); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		text, err = os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		pid, err := strconv.Atoi(string(text))
		if err != nil {
			t.Fatal(err)
		}
		left := true
		for range 200 { // whoever killed it does not wait for it
			state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			if left = syscall.Kill(pid, 0) == nil && !(err == nil && strings.Contains(string(state), ") Z ")); !left {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if left {
			t.Errorf("dies after %s trials: its child %d is left", at, pid)
		}
	}
}

// A program that is done ends the search, and one that waits is asked again when it was told.
func TestDone(t *testing.T) {
	if sum, err := study(open(t, "done", "7"), context.Background()); err != nil || sum.Trials != 7 {
		t.Errorf("%d trials, %v", sum.Trials, err)
	}
	// It waits whenever a trial is open: with two workers as with one.
	sh := shell(t, `while read -r line; do case $line in
		*'"init"'*) open=0;;
		*'"tell"'*) open=0;;
		*'"ask"'*) if [ $open = 1 ]; then echo '{"wait":true}'; else echo '{"arch":"000000"}'; open=1; fi;;
		esac; done`)
	if sum, err := study(sh, context.Background()); err != nil || sum.Trials != 40 {
		t.Errorf("%d trials, %v", sum.Trials, err)
	}
}

// shell is a searcher that is a script.
func shell(t *testing.T, script string) *Searcher {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no sh")
	}
	path := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	s, _, err := evolve.Searchers.Open(evolve.Spec{Name: "command", Variant: "sh " + path})
	if err != nil {
		t.Fatal(err)
	}
	return s.(*Searcher)
}

// A stop of the study ends a program at once that is at work on an answer, and that is not the program's failure.
func TestStopped(t *testing.T) {
	s := open(t, "hangs", "3")
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(100*time.Millisecond, cancel)
	begin := time.Now()
	if _, err := study(s, ctx); !errors.Is(err, context.Canceled) || errors.Is(err, evolve.ErrBroken) {
		t.Error(err)
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

// Trainings go on where the program says so, alone and as long as it waits; and a program within another searcher sees
// one fidelity and its own numbers.
func TestFidelities(t *testing.T) {
	s := shell(t, `read -r init; read -r ask; echo '{"arch":"000001","epochs":1}'
		read -r tell; read -r ask; echo '{"arch": "000001", "epochs": 3, "from": 1, "parents": [1]}'
		read -r tell; read -r ask; echo '{"arch":"000001","from":2}'
		read -r tell; read -r ask; echo '{"arch":"000001","epochs":3,"from":2}'; read -r end`)
	var seen []evolve.Trial
	_, err := (&evolve.Study{Problem: nb201.Problem(), Searcher: s, Pool: evolve.Simulate(nb201, 1), Trials: 9, Recorder: record(func(o *evolve.Outcome) {
		seen = append(seen, o.Trial)
	})}).Run(context.Background())
	if len(seen) != 3 || err == nil || !strings.Contains(err.Error(), "from 2 was trained for 3 epochs: want more of them") {
		t.Fatalf("%d trials, %v", len(seen), err)
	}
	for i, want := range []evolve.Proposal{{Epochs: 1}, {Epochs: 3, From: 1, Trained: 1, Parents: [2]int{1}}, {From: 2, Trained: 3}} {
		if want.Arch = "000001"; seen[i].Proposal != want || seen[i].Seed != seen[0].Seed {
			t.Errorf("trial %d: %+v, want %+v", i+1, seen[i], want)
		}
	}
	asha, _, err := evolve.Searchers.Open(evolve.Spec{Name: "asha", Set: []evolve.Setting{{Key: "inner", Value: "(command:" + os.Args[0] + " random)"}}})
	if err != nil {
		t.Fatal(err)
	}
	epochs := map[int]int{}
	_, err = (&evolve.Study{Problem: nb201.Problem(), Searcher: asha, Pool: evolve.Simulate(nb201, 3), Trials: 60, Recorder: record(func(o *evolve.Outcome) {
		epochs[o.Epochs]++
	})}).Run(context.Background())
	if err != nil || epochs[1] < 30 || epochs[3] < 5 || epochs[9] < 1 {
		t.Errorf("%v, %v", epochs, err)
	}
}

type record func(*evolve.Outcome)

func (r record) Record(o *evolve.Outcome) error { r(o); return nil }

// What cannot be found is refused before anything runs.
func TestNotFound(t *testing.T) {
	for line, want := range map[string]string{
		"no_such_program x": "no program of this name", "'a": "single quote", "": "want command:PROGRAM ARGS",
	} {
		if _, _, err := evolve.Searchers.Open(evolve.Spec{Name: "command", Variant: line}); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", line, err)
		}
	}
}

// Numbers that make no architecture together are told as a failed trial at once, and asked for again under the same
// number; a program that never chooses others breaks.
func TestRefused(t *testing.T) {
	b := &evolvetest.Invented{Space: pairs{}}
	run := func(s evolve.Searcher) (evolve.Summary, error) {
		bred := record(func(o *evolve.Outcome) {
			if o.Parents != [2]int{} { // those of what was refused
				t.Errorf("trial %d has parents %v", o.ID, o.Parents)
			}
		})
		return (&evolve.Study{Problem: b.Problem(), Searcher: s, Pool: evolve.Simulate(b, 1), Recorder: bred, Trials: 20, Seed: 1}).Run(context.Background())
	}
	log := filepath.Join(t.TempDir(), "log")
	s := shell(t, `n=0; while read -r line; do echo "$line" >>'`+log+`'; case $line in *'"ask"'*) n=$((n+1)); if [ $((n%2)) = 1 ]; then echo '{"choose":[1,1]}'; else echo '{"choose":[0,1],"parents":[1]}'; fi;; esac; done`)
	if sum, err := run(s); err != nil || sum.Trials != 20 {
		t.Fatalf("%d trials, %v", sum.Trials, err)
	}
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for i, want := range []string{`{"protocol":1,`, `{"ask":{"id":1}}`, `{"tell":{"id":1,"arch":"11","epochs":9,"loss":0.`, `{"ask":{"id":2}}`,
		`{"tell":{"id":2,"arch":"","epochs":9,"loss":null,"error":"unequal","cost":0}}`, `{"ask":{"id":2}}`, `{"tell":{"id":2,"arch":"11",`} {
		if !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d: %s, want %s…", i+1, lines[i], want)
		}
	}
	if n := len(lines); n != 1+20*2+19*2+1 || !strings.HasPrefix(lines[n-2], `{"tell":{"id":20,"arch":"11",`) {
		t.Errorf("%d lines, the last %s", n, lines[n-2])
	}
	_, err = run(open(t, "says", "0", `{"choose":[0,1]}`))
	if !errors.Is(err, evolve.ErrBroken) || !strings.Contains(err.Error(), "asked for trial 1: chose 1000 times in a row what makes no architecture, at last: unequal") {
		t.Error(err)
	}
}

// pairs are two equal bits.
type pairs struct{}

func (pairs) Name() string                             { return "pairs" }
func (pairs) Sample(*rand.Rand) evolve.Arch            { return "00" }
func (pairs) Canon(a evolve.Arch) (evolve.Arch, error) { return a, nil }
func (pairs) Decisions() []evolve.Decision {
	return []evolve.Decision{{Name: "a", Options: 2}, {Name: "b", Options: 2}}
}
func (pairs) Choices(dst []float64, a evolve.Arch) []float64 {
	return append(dst, float64(a[0]-'0'), float64(a[1]-'0'))
}
func (pairs) Choose(x []float64) (evolve.Arch, error) {
	if err := evolve.CheckChoices(pairs{}.Decisions(), x); err != nil {
		return "", err
	}
	if x[0] != x[1] {
		return "", fmt.Errorf("unequal: %w", evolve.ErrInvalid)
	}
	return evolve.Arch(fmt.Sprintf("%v%v", x[0], x[1])), nil
}

// A trial has the genome that its space writes, however the program spells it, so that another can go on from it; and a
// genome that is not the first of its equals stays as it is.
func TestSpelling(t *testing.T) {
	tuned, err := hyper.Read("f", []byte("- {name: lr, type: float, low: 1e-4, high: 1}\n- {name: layers, type: int, low: 1, high: 4}"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		space     evolve.Space
		said, has string
	}{
		{tuned, "layers=3,lr=1e-2", "lr=0.01,layers=3"},
		{tuned, "lr=0.01,layers=3", "lr=0.01,layers=3"},
		{space.NB201{}, "011111", "011111"},
		{space.NB201{}, "|none~0|+|skip_connect~0|nor_conv_1x1~1|+|nor_conv_3x3~0|avg_pool_3x3~1|none~2|", "012340"},
	} {
		b := &evolvetest.Invented{Space: c.space, Rungs: true}
		s := shell(t, `read -r init; read -r ask; echo '{"arch":"`+c.said+`","epochs":1}'; read -r tell; read -r ask; echo '{"arch":"`+c.said+`","epochs":3,"from":1}'; read -r end`)
		var seen []evolve.Arch
		_, err := (&evolve.Study{Problem: b.Problem(), Searcher: s, Pool: evolve.Simulate(b, 1), Trials: 2, Recorder: record(func(o *evolve.Outcome) {
			seen = append(seen, o.Arch)
		})}).Run(context.Background())
		if err != nil || len(seen) != 2 || string(seen[0]) != c.has || seen[1] != seen[0] {
			t.Errorf("%s: %v, %v, want %s", c.said, seen, err, c.has)
		}
	}
}

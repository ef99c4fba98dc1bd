//go:build unix

package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/program"
	_ "github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/verify"
)

func entry(t *testing.T) evolve.Entry[evolve.Benchmark] {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell")
	}
	e, err := evolve.Benchmarks.Lookup("command")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// line is the command line of a script.
func line(script string) string { return "sh -c '" + strings.ReplaceAll(script, "'", `'\''`) + "'" }

// opened is the benchmark of a script in a folder, "" for none, with options.
func opened(t *testing.T, script, dir string, set ...evolve.Setting) evolve.Benchmark {
	t.Helper()
	entry(t)
	b, _, err := evolve.Benchmarks.Open(evolve.Spec{Name: "command", Variant: line(script), Set: set})
	if err != nil {
		t.Fatal(err)
	}
	if b, err = b.(evolve.Trainer).In(dir, nil); err != nil {
		t.Fatal(err)
	}
	return b
}

func trial(id int) *evolve.Trial {
	return &evolve.Trial{ID: id, Seed: 1<<64 - 1, Proposal: evolve.Proposal{Arch: "012340"}}
}

func TestConformance(t *testing.T) {
	e := entry(t)
	e.Variants = []string{line(`read t; echo '{"loss":0.25,"test":0.5}'`)}
	evolvetest.Benchmark(t, e, evolve.Setting{Key: "epochs", Value: "2+6"})
}

// A program reads what the documentation says, and its folders hold what it wrote there.
func TestTrial(t *testing.T) {
	dir := t.TempDir()
	b := opened(t, `read t; echo "$t" >$AMOEBA_TRIAL/asked; cat "$AMOEBA_FROM/asked" >$AMOEBA_TRIAL/from 2>/dev/null; pwd >&2
		echo '{"loss":0.5,"others":[7,3]}'; echo '{"extra":1,"loss":0.25,"cost":12.5,"test":0.75,"others":[100,8]}'; echo`,
		dir, evolve.Setting{Key: "epochs", Value: "2+6"}, evolve.Setting{Key: "objectives", Value: "loss+size+throughput:gpu"})
	if got := evolve.ObjectiveNames(b.Problem().Objectives); !reflect.DeepEqual(got, []string{"loss", "size", "throughput:gpu"}) {
		t.Error(got)
	}
	first, second := trial(1), trial(2)
	first.Epochs, second.From, second.Trained = 2, 1, 2
	want := evolve.Result{Loss: 0.25, Others: []float64{100, -8}, Cost: 12.5}
	for _, tr := range []*evolve.Trial{first, second} {
		var r evolve.Result
		if err := b.Evaluate(context.Background(), tr, &r); err != nil || !reflect.DeepEqual(r, want) {
			t.Errorf("%+v, %v", r, err)
		}
		if s, err := b.Score(tr); err != nil || s != (evolve.Score{Val: 0.25, Test: 0.75}) {
			t.Errorf("%+v, %v", s, err)
		}
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		}
		return strings.TrimSpace(string(text))
	}
	asked := `{"id":1,"arch":"012340","text":"|none~0|+|skip_connect~0|nor_conv_1x1~1|+|nor_conv_3x3~0|avg_pool_3x3~1|none~2|","epochs":2,"from":0,"seed":"18446744073709551615"}`
	if got := read("000001/asked"); got != asked {
		t.Errorf("asked %s, want %s", got, asked)
	}
	if got := read("000002/from"); got != asked {
		t.Errorf("from %s, want %s", got, asked)
	}
	var said map[string]any
	if err := json.Unmarshal([]byte(read("000002/asked")), &said); err != nil || said["epochs"] != 6. || said["from"] != 1. {
		t.Errorf("%v, %v", said, err)
	}
	here, _ := os.Getwd()
	if got := read("000001.stderr"); got != here {
		t.Errorf("in %s, want %s", got, here)
	}
	past := []evolve.Outcome{{Trial: *first, Result: want}, {Trial: *second, Result: want}}
	report := verify.New(dir, "x")
	if VerifyAnswers(report, dir, past); report.Count(verify.OK) != 2 || report.Count(verify.Damaged) != 0 {
		t.Errorf("%+v", report.Files)
	}
	past[1].Loss = 0.5
	report = verify.New(dir, "x")
	if VerifyAnswers(report, dir, past); report.Count(verify.Damaged) != 1 {
		t.Errorf("another loss: %+v", report.Files)
	}
	// What has ended is not run again, and is nobody else's.
	var r evolve.Result
	if err := opened(t, "exit 1", dir, evolve.Setting{Key: "epochs", Value: "2+6"}).Evaluate(context.Background(), second, &r); err != nil || r.Loss != 0.25 {
		t.Errorf("%+v, %v", r, err)
	}
	second.Seed = 3
	if err := b.Evaluate(context.Background(), second, &r); !errors.Is(err, evolve.ErrInvalid) || errors.Is(err, evolve.ErrFailed) {
		t.Errorf("another seed: %v", err)
	}
}

// Hyper-parameters are values of their types, those that apply alone, and an architecture beside them is the text.
func TestValues(t *testing.T) {
	file := filepath.Join(t.TempDir(), "h.yaml")
	parameters := "- {name: lr, type: float, low: 1e-4, high: 1, log: true}\n- {name: opt, type: choice, choices: [sgd, true, 3]}\n" +
		"- {name: momentum, type: float, low: 0, high: 1, if: {opt: sgd}}\n- {name: layers, type: int, low: 1, high: 8}\n"
	for _, c := range []struct{ head, arch, text, values string }{
		{"", "lr=0.01,opt=true,layers=3", "lr=0.01,opt=true,layers=3", `{"lr":0.01,"opt":true,"layers":3}`},
		{"- {arch: nb201}\n", "012340;lr=0.01,opt=sgd,momentum=0.5,layers=3",
			"|none~0|+|skip_connect~0|nor_conv_1x1~1|+|nor_conv_3x3~0|avg_pool_3x3~1|none~2|", `{"lr":0.01,"opt":"sgd","momentum":0.5,"layers":3}`},
	} {
		if err := os.WriteFile(file, []byte(c.head+parameters), 0o600); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		b := opened(t, `cat >$AMOEBA_TRIAL/asked; echo '{"loss":1}'`, dir, evolve.Setting{Key: "space", Value: "(hyper:" + file + ")"})
		tr := trial(1)
		tr.Arch = evolve.Arch(c.arch)
		if err := b.Evaluate(context.Background(), tr, new(evolve.Result)); err != nil {
			t.Error(err)
		}
		want := fmt.Sprintf(`{"id":1,"arch":%q,"text":%q,"epochs":1,"from":0,"seed":"18446744073709551615","values":%s}`+"\n", c.arch, c.text, c.values)
		if got, err := os.ReadFile(filepath.Join(dir, "000001", "asked")); err != nil || string(got) != want {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
}

// Further numbers of a program whose benchmark has no further objective are refused with how to name them.
func TestOthersWithoutObjectives(t *testing.T) {
	b := opened(t, `echo '{"loss":1,"others":[2]}'`, t.TempDir())
	err := b.Evaluate(context.Background(), trial(1), new(evolve.Result))
	if want := "answered 1 numbers as others, and the benchmark has no further objective: name them by objectives=auto+NAME"; err == nil ||
		!strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

// Whatever a program does wrong fails its trial and says why.
func TestFaults(t *testing.T) {
	for name, c := range map[string]struct{ script, want string }{
		"dies":           {`echo why >&2; exit 3`, "sh ended with status 3; its standard error ends: why"},
		"dies late":      {`echo '{"loss":1}'; exit 1`, "sh ended with status 1; its standard error is empty"},
		"killed":         {`kill -9 $$`, "sh was ended by signal: killed"},
		"silent":         {`echo; echo " "`, `sh printed nothing, want a line such as {"loss":0.25}`},
		"nonsense":       {`echo '{"loss":1}'; echo "done!"`, `ended with the line "done!", want one such as`},
		"a number":       {`echo 0.5`, `ended with the line "0.5"`},
		"NaN":            {`echo '{"loss":NaN}'`, `ended with the line "{\"loss\":NaN}"`},
		"huge":           {`echo '{"loss":1e999}'`, `ended with the line`},
		"no loss":        {`echo '{"cost":1}'`, "sh answered without a loss"},
		"null":           {`echo '{"loss":null}'`, "sh answered without a loss"},
		"a number alone": {`echo 0.5`, `ended with the line "0.5", want one such as {"loss":0.25} (a number, want an object)`},
		"cost":           {`echo '{"loss":1,"cost":-1}'`, "sh answered a cost of -1, want seconds"},
		"too few":        {`echo '{"loss":1,"others":[]}'`, "answered 0 numbers as others, want 1: size"},
		"too many":       {`echo '{"loss":1,"others":[1,2]}'`, "answered 2 numbers as others, want 1: size"},
		"not a number":   {`echo '{"loss":1,"others":[null]}'`, "answered no number as size"},
		"long line":      {`i=0; while [ $i -lt 20 ]; do printf "%5000d" 7; i=$((i+1)); done`, "ended with a line of more than 65536 bytes"},
		"hangs":          {`echo slow >&2; sleep 300`, "sh did not end within timeout=0.2 s; its standard error ends: slow"},
		"child hangs":    {`sleep 300 & wait`, "sh did not end within timeout=0.2 s"},
		"floods":         {`exec yes`, "sh did not end within timeout=0.2 s"},
		"floods errors":  {`yes no >&2`, "its standard error ends: …no / no / no"},
		"control errors": {`printf 'a\033[31mb' >&2; exit 1`, `ends: a\x1b[31mb`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			b := opened(t, c.script, dir, evolve.Setting{Key: "objectives", Value: "auto+size"}, evolve.Setting{Key: "timeout", Value: "0.2"})
			begin := time.Now()
			var r evolve.Result
			err := b.Evaluate(context.Background(), trial(1), &r)
			if !errors.Is(err, evolve.ErrFailed) || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 1000 {
				t.Errorf("%v, want %s", err, c.want)
			}
			if r.Cost <= 0 || time.Since(begin) > 9*time.Second {
				t.Errorf("cost %g after %v", r.Cost, time.Since(begin))
			}
			if info, err := os.Stat(filepath.Join(dir, "000001.stderr")); err == nil && info.Size() > 70_000 {
				t.Errorf("%d bytes of errors are kept", info.Size())
			}
			if _, err := b.Score(trial(1)); err == nil {
				t.Error("it has a score")
			}
		})
	}
}

// The losses of a share are fractions: a program that answers per cent is told so.
func TestShares(t *testing.T) {
	for answer, ok := range map[string]bool{`{"loss":0.08}`: true, `{"loss":8}`: false, `{"loss":0.08,"test":8}`: false, `{"loss":-0.1}`: false} {
		b := opened(t, "echo '"+answer+"'", "", evolve.Setting{Key: "metric", Value: "accuracy"})
		var r evolve.Result
		if err := b.Evaluate(context.Background(), trial(1), &r); (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "those of metric=accuracy are fractions") {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

// A trial that fails is tried again in its folder, as often as was asked for.
func TestRetries(t *testing.T) {
	for retries, ok := range map[string]bool{"1": false, "2": true} {
		b := opened(t, `echo x >>$AMOEBA_TRIAL/tries; [ $(wc -l <$AMOEBA_TRIAL/tries) = 3 ] && echo '{"loss":1}'`, t.TempDir(), evolve.Setting{Key: "retries", Value: retries})
		var r evolve.Result
		if err := b.Evaluate(context.Background(), trial(1), &r); (err == nil) != ok {
			t.Errorf("retries=%s: %v", retries, err)
		}
	}
}

// A trial that is stopped is no failure: asked again, the program finds its folder and its seconds count.
func TestStopped(t *testing.T) {
	dir := t.TempDir()
	b := opened(t, `if [ -e $AMOEBA_TRIAL/was ]; then echo '{"loss":2}'; else touch $AMOEBA_TRIAL/was; exec sleep 300; fi`, dir, evolve.Setting{Key: "retries", Value: "3"})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for _, err := os.Stat(filepath.Join(dir, "000001", "was")); err != nil; _, err = os.Stat(filepath.Join(dir, "000001", "was")) {
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(200 * time.Millisecond)
		cancel()
	}()
	var r evolve.Result
	if err := b.Evaluate(ctx, trial(1), &r); !errors.Is(err, context.Canceled) || errors.Is(err, evolve.ErrFailed) {
		t.Errorf("%v", err)
	}
	if _, err := b.Score(trial(1)); err == nil {
		t.Error("it has a score")
	}
	if err := b.Evaluate(context.Background(), trial(1), &r); err != nil || r.Loss != 2 || r.Cost < 0.2 {
		t.Errorf("%+v, %v", r, err)
	}
}

// Without a folder nothing is kept, and nothing goes on from what is not there.
func TestNoFolder(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	b := opened(t, `touch $AMOEBA_TRIAL/x; echo '{"loss":2}'`, "", evolve.Setting{Key: "epochs", Value: "1+2"})
	var r evolve.Result
	if err := b.Evaluate(context.Background(), trial(1), &r); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "*")); len(left) > 0 {
		t.Errorf("left %q", left)
	}
	on := trial(2)
	on.From = 1
	if err := b.Evaluate(context.Background(), on, &r); !errors.Is(err, evolve.ErrUnsupported) {
		t.Errorf("%v", err)
	}
}

func TestRefused(t *testing.T) {
	entry(t)
	for spec, want := range map[string]string{
		"command":                                               "want command:PROGRAM ARGS",
		"command: ":                                             "want command:PROGRAM ARGS",
		"command:no_such_program x":                             "no program of this name is in the folders of PATH",
		"command:sh 'x":                                         "single quote at byte 3 has no closing one",
		"command:sh x,y=1":                                      "y",
		"command:sh,space=nowhere":                              "nowhere",
		"command:sh,epochs=0":                                   "epochs=0: want whole numbers from 1 that rise",
		"command:sh,epochs=9+3":                                 "epochs=9+3: want whole numbers from 1 that rise",
		"command:sh,epochs=":                                    "key=value",
		"command:sh,timeout=0":                                  "out of range",
		"command:sh,metric=loss,objectives=error":               "its objective is called loss",
		"command:sh,objectives=size+loss":                       "judged by its loss: put that first",
		"command:sh,objectives=auto+a,reference=1":              "1 numbers, want one of each of the 2 objectives loss+a",
		"command:sh,reference=1":                                "it is of several objectives",
		"command:sh,objectives=auto+a,reference=1+20":           "",
		"command:sh,objectives=auto+val":                        "a measure of every experiment",
		"command:sh,objectives=auto+a+a":                        "a is there twice",
		"command:sh,objectives=auto++a":                         "a name is missing beside a +",
		"command:sh,metric=accuracy,objectives=auto+loss":       "its objective is called error",
		`command:"sh -c 'echo, (x)' \"a,b\"",space=(nb201)`:     "",
		"command:sh -c x --lr=0.1 y,space=nb201,epochs=3+9":     "",
		"command:sh,metric=accuracy,objectives=error+latency:a": "",
	} {
		s, err := evolve.ParseSpec(spec)
		if err == nil {
			if again, err := evolve.ParseSpec(s.String()); err != nil || !reflect.DeepEqual(s, again) {
				t.Errorf("%s is printed as %s", spec, s)
			}
			_, _, err = evolve.Benchmarks.Open(s)
		}
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", spec, err, want)
		}
	}
}

// FuzzAnswer holds that a last line has a finite answer or an error, whatever a program printed.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{`{"loss":1}`, `{"loss":0.5,"cost":1,"test":2,"others":[3]}`, `x`, `{"loss":1e999}`, `{"loss":null,"others":[null]}`, "", "\n{}\n", `{"LOSS":1}`} {
		f.Add(s)
	}
	b := &benchmark{problem: evolve.Problem{Objectives: []evolve.Objective{evolve.TrainedObjective("loss"), evolve.NewObjective("size")}}}
	f.Fuzz(func(t *testing.T, text string) {
		var a answered
		out := output(text)
		if err := b.read(out, &a); err == nil {
			if fmt.Sprint(a.Loss-a.Loss, a.Test-a.Test, a.Cost-a.Cost, len(a.Others)) != "0 0 0 1" || a.Cost < 0 {
				t.Fatalf("%q: %+v", text, a)
			}
		}
	})
}

func output(text string) *program.Tail {
	out := new(program.Tail)
	_, _ = out.Write([]byte(text))
	return out
}

//go:build unix

package command

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/program"
)

// The test's binary is the program too: its first argument says how it behaves.
const asProgram = "AMOEBA_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" && !strings.HasPrefix(os.Args[1], "-test.") { // a fuzzing worker is no program
		behave(os.Args[1], os.Args[2:])
		return
	}
	// A program that was built with the race detector would end a second late.
	for name, value := range map[string]string{asProgram: "1", "GORACE": "atexit_sleep_ms=0"} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// line is one of ours, as a program reads it.
type line struct {
	Init *struct {
		Space      string   `json:"space"`
		Objectives []string `json:"objectives"`
		Fidelities []int    `json:"fidelities"`
		Decisions  []struct {
			Name    string `json:"name"`
			Options int    `json:"options"`
		} `json:"decisions"`
		Seed string `json:"seed"`
	} `json:"init"`
	Ask  *struct{ ID int }
	Tell *struct {
		ID     int
		Arch   string
		Epochs int
		Loss   *float64
		Cost   float64
		Others []float64
		Error  string
	} `json:"tell"`
}

// behave is a program: random search, with what goes wrong when.
func behave(how string, args []string) {
	in, out := bufio.NewScanner(os.Stdin), bufio.NewWriter(os.Stdout)
	in.Buffer(nil, 1<<20)
	var r *rand.Rand
	var init line
	asked := 0
	say := func(format string, args ...any) {
		fmt.Fprintf(out, format+"\n", args...)
		out.Flush()
	}
	at := 0 // the trial at which something happens
	if len(args) > 0 {
		at, _ = strconv.Atoi(args[0])
	}
	switch how {
	case "dies":
		if at == 0 {
			fmt.Fprintln(os.Stderr, "Traceback\nImportError: no module named ideas")
			os.Exit(1)
		}
	case "leaves", "escapes":
		child := exec.Command("sleep", "300")
		child.SysProcAttr = &syscall.SysProcAttr{Setsid: how == "escapes"}
		child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
		if err := child.Start(); err != nil {
			panic(err)
		}
		if err := os.WriteFile(args[1], []byte(strconv.Itoa(child.Process.Pid)), 0o600); err != nil {
			panic(err)
		}
	case "echo":
		for in.Scan() {
			if strings.HasPrefix(in.Text(), `{"ask"`) {
				say(`{"choose":[0,1,2,3,4,0]}`)
			}
		}
		return
	}
	for in.Scan() {
		var l line
		if err := json.Unmarshal(in.Bytes(), &l); err != nil {
			panic(err)
		}
		if l.Init != nil {
			seed, err := strconv.ParseUint(l.Init.Seed, 10, 64)
			if err != nil {
				panic(err)
			}
			init, r = l, rand.New(rand.NewPCG(seed, 1))
		}
		if l.Ask == nil {
			continue
		}
		if asked++; asked > at {
			switch how {
			case "dies", "leaves", "escapes":
				fmt.Fprintln(os.Stderr, "out of ideas")
				os.Exit(3)
			case "hangs":
				time.Sleep(time.Hour)
			case "closes":
				os.Stdout.Close()
				time.Sleep(time.Hour)
			case "says":
				say("%s", strings.Join(args[1:], " "))
				continue
			case "floods":
				for {
					say("%s", strings.Repeat("x", 1000))
				}
			case "floods without an end":
				for {
					fmt.Fprint(out, strings.Repeat("x", 1000))
				}
			case "floods errors":
				for {
					fmt.Fprintln(os.Stderr, strings.Repeat("y", 1000))
				}
			case "done":
				say(`{"done":true}`)
				continue
			}
		}
		choose := make([]int, len(init.Init.Decisions))
		for i, d := range init.Init.Decisions {
			choose[i] = r.IntN(d.Options)
		}
		text, err := json.Marshal(choose)
		if err != nil {
			panic(err)
		}
		say(`{"choose":%s}`, text)
	}
}

// entry is the searcher whose program behaves as said.
func entry(how ...string) evolve.Entry[evolve.Searcher] {
	words := []string{os.Args[0]}
	words = append(words, how...)
	for i := range words {
		words[i] = "'" + words[i] + "'"
	}
	return evolve.Entry[evolve.Searcher]{Name: "command", Doc: "a program", Paper: "none", Models: true,
		New: func(evolve.Options) (evolve.Searcher, error) {
			p, err := program.Find(strings.Join(words, " "))
			return &Searcher{Program: p, Timeout: 20 * time.Second}, err
		}}
}

func open(t *testing.T, how ...string) *Searcher {
	t.Helper()
	s, err := entry(how...).New(evolve.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = evolve.Close(s) })
	return s.(*Searcher)
}

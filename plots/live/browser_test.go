package live

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	_ "github.com/amoeba-nas/amoeba/evolve/search"
	"github.com/amoeba-nas/amoeba/internal/browser"
	"github.com/amoeba-nas/amoeba/plots/page"
	_ "github.com/amoeba-nas/amoeba/surrogate"
)

var shots = flag.String("shots", "", "folder for pictures of the pages, to be looked at by a person")

// stopAfter is a benchmark that does something when it is asked for the last of so many evaluations.
type stopAfter struct {
	evolve.Benchmark
	left *atomic.Int64
	do   func()
}

func (s stopAfter) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	if s.left.Add(-1) == 0 {
		s.do()
	}
	return s.Benchmark.Evaluate(ctx, t, r)
}

// stopped runs an experiment up to so many evaluations; finish goes on to the end.
func stopped(t *testing.T, dir, spec string, at int64) (finish func()) {
	t.Helper()
	s, err := lab.ReadSpec("spec", []byte(spec))
	if err != nil {
		t.Fatal(err)
	}
	e, err := lab.Open(s)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	left := new(atomic.Int64)
	left.Store(at)
	bench := e.Bench
	e.Bench = stopAfter{bench, left, cancel}
	if _, err = e.Run(ctx, lab.Options{Procs: 1, Dir: dir}); err == nil {
		t.Fatal("the experiment was not stopped")
	}
	return func() {
		t.Helper()
		e.Bench = bench
		if _, err := e.Run(context.Background(), lab.Options{Procs: 1, Dir: dir}); err != nil {
			t.Error(err)
		}
	}
}

// served serves a folder at an address until stop is called or the test ends.
func served(t *testing.T, dir, at string) (url string, stop func()) {
	t.Helper()
	s, err := New(dir, "amoeba report "+dir)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Serve(ctx, l) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return URL(l), stop
}

const small = "benchmark: nb201\nalgos: [regevo, random]\nseeds: 6\ntrials: 400\n"

// The page that is written and the one that is served hold what a reader needs, at the width of a desk and of a
// telephone, light and dark: nothing on the console, nothing asked of anybody else, texts to be read, names for readers
// that hear the page, an order for readers without a mouse.
func TestPages(t *testing.T) {
	b := browser.Start(t)
	dir := filepath.Join(t.TempDir(), "experiment")
	finish := stopped(t, dir, small, 8*400)
	live := b.Tab(t)
	url, stop := served(t, dir, "127.0.0.1:0")
	live.Open(url)
	live.Wait("document.querySelector('#live')?.textContent === 'Live'")
	var newest []string
	live.Eval("[...document.querySelectorAll('#e1-newest ~ .cards')[0].querySelectorAll('h4')].map(h => h.textContent)",
		&newest)
	if !slices.Equal(newest, []string{"regevo", "random"}) {
		t.Errorf("the newest finds are of %q", newest)
	}
	var waiting string
	live.Eval("document.querySelector('.waiting').textContent", &waiting)
	// It was stopped by the last trial of the eighth run of twelve, each of 400.
	if want := "Unfinished: 4 of 12 runs are still to end; 3,200 of 4,800 trials so far."; waiting != want {
		t.Errorf("told %q, want %q", waiting, want)
	}
	lookAt(t, live, "live", url)

	// What a reader has chosen, opened and reached stays when the page changes under them.
	live.Eval("document.querySelector('#chart0-axis').focus()", nil)
	live.Press("ArrowDown")
	live.Eval("document.querySelector('#undrawn').open = true, document.querySelector('#undrawn summary').focus()", nil)
	finish()
	live.Wait("document.querySelector('#live').textContent === 'Finished'")
	var kept []any
	live.Eval("[document.querySelector('#chart0-axis').value, document.querySelector('#undrawn').open, "+
		"document.activeElement.parentElement.id, document.querySelector('#e1-newest'), "+
		"document.querySelector('.waiting')]", &kept)
	if !slices.Equal(kept, []any{"seconds", true, "undrawn", nil, nil}) {
		t.Errorf("after the experiment was finished: axis, opened, focus, newest and waiting are %v", kept)
	}
	if said := live.Said(); len(said) > 0 {
		t.Errorf("the console of the live page has %q", said)
	}
	stop()
	live.Wait("document.querySelector('#live').textContent === 'No connection; trying again'")
	served(t, dir, strings.Trim(strings.TrimPrefix(url, "http://"), "/"))
	live.Wait("document.querySelector('#live').textContent === 'Finished'")

	for name, specs := range map[string][]string{
		"report": {small},
		// Long names, many algorithms, several objectives, runs without curves.
		"several": {
			"benchmark: nb201,objectives=error+params+flops\nalgos: [nsga2, 'regevo,population=12,sample=7,kill=worst', " +
				"a-name-of-thirty-two-characters=random]\nseeds: 3\ntrials: 60\n",
			"benchmark: bits,length=20\nalgos: [regevo, random, de, tpe, local]\nseeds: 5\ntrials: 80\nrecord: none\n",
		},
	} {
		still := b.Tab(t)
		url := written(t, specs)
		still.Open(url)
		lookAt(t, still, name, url)
		if name == "report" {
			switches(t, still)
		}
	}
}

// written writes the page of experiments that are run for it, whose folders' names are hostile.
func written(t *testing.T, specs []string) (url string) {
	t.Helper()
	var all []*lab.Outcome
	for i, text := range specs {
		s, err := lab.ReadSpec("spec", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		e, err := lab.Open(s)
		if err != nil {
			t.Fatal(err)
		}
		o, err := e.Run(context.Background(), lab.Options{Procs: 1})
		if err != nil {
			t.Fatal(err)
		}
		o.Set.Name = fmt.Sprintf("folder-%d\"><script>alert(1)</script><img src=x onerror=alert(2)>&amp;", i)
		all = append(all, o)
	}
	path := filepath.Join(t.TempDir(), "report.html")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	err = page.Write(f, all, page.Options{Command: "amoeba report '<script>alert(3)</script>'"})
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return "file://" + filepath.ToSlash(path)
}

// switches works every kind of switch of the curves, and the theme, with keys alone.
func switches(t *testing.T, tab *browser.Tab) {
	t.Helper()
	for _, c := range []struct{ at, key, before, after string }{
		{"#chart0-metric", "ArrowDown", "validation regret", "test regret"},
		{"#chart0-axis", "ArrowDown", "trials", "simulated seconds"},
	} {
		shows := func(what string) string {
			return fmt.Sprintf("document.querySelector('.chart canvas').getAttribute('aria-label').includes(%q)", what)
		}
		tab.Wait(shows(c.before))
		tab.Eval(fmt.Sprintf("document.querySelector(%q).focus()", c.at), nil)
		tab.Press(c.key)
		tab.Wait(shows(c.after))
	}
	for _, c := range []struct{ at, key, shown string }{
		{"#chart0-at", "Home", "document.querySelector('.reader output').textContent"},
		{"#chart0-arm0", " ", "document.querySelector('.chart canvas').toDataURL()"},
		{"#chart0-logX", " ", "document.querySelector('.chart canvas').toDataURL()"},
		{"#theme", "Enter", "document.documentElement.dataset.theme ?? ''"},
		{"#theme", " ", "document.documentElement.dataset.theme ?? ''"},
		{"#undrawn summary", "Enter", "document.querySelector('#undrawn').open"},
	} {
		var was, is any
		tab.Eval(c.shown, &was)
		tab.Eval(fmt.Sprintf("document.querySelector(%q).focus()", c.at), nil)
		tab.Press(c.key)
		tab.Settle()
		if tab.Eval(c.shown, &is); was == is {
			t.Errorf("%q at %s changes nothing", c.key, c.at)
		}
	}
	if said := tab.Said(); len(said) > 0 {
		t.Errorf("after the switches the console has %q", said)
	}
}

// lookAt finds the faults of a page at two widths and in two themes.
func lookAt(t *testing.T, tab *browser.Tab, name, url string) {
	t.Helper()
	for _, view := range []struct {
		name   string
		width  int
		height int
		dark   bool
	}{
		{"1280-light", 1280, 900, false}, {"1280-dark", 1280, 900, true},
		{"400-light", 400, 800, false}, {"400-dark", 400, 800, true},
	} {
		tab.View(view.width, view.height, view.dark)
		tab.Settle()
		for _, fault := range tab.Faults() {
			t.Errorf("%s, %s: %s", name, view.name, fault)
		}
		if view.dark == (view.width > 1000) { // the order does not hang on the theme
			for _, stop := range tab.Stops() {
				if stop.Fault != "" {
					t.Errorf("%s, %s: %s: %s", name, view.name, stop.Name, stop.Fault)
				}
			}
		}
		if *shots != "" {
			if err := os.WriteFile(filepath.Join(*shots, name+"-"+view.name+".png"), tab.PNG(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if *shots != "" {
		if err := os.WriteFile(filepath.Join(*shots, name+".pdf"), tab.PDF(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if said := tab.Said(); len(said) > 0 {
		t.Errorf("the console of the %s page has %q", name, said)
	}
	for _, asked := range tab.Asked() {
		if !strings.HasPrefix(asked, url) && !strings.HasPrefix(asked, "data:") {
			t.Errorf("the %s page asks for %s", name, asked)
		}
	}
}

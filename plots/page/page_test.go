package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"html"
	"io"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	_ "github.com/amoeba-nas/amoeba/evolve/search"
	_ "github.com/amoeba-nas/amoeba/evolve/space"
	_ "github.com/amoeba-nas/amoeba/surrogate"
)

var update = flag.Bool("update", false, "write the golden files")

// written is a page.
func written(t testing.TB, o Options, all ...*lab.Outcome) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, all, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// between is what stands between two texts, which are there once.
func between(t *testing.T, page, from, to string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, from)
	if !found || strings.Contains(rest, from) {
		t.Fatalf("%q is not there once", from)
	}
	inner, _, found := strings.Cut(rest, to)
	if !found {
		t.Fatalf("no %q behind %q", to, from)
	}
	return inner
}

// The policy lets run what stands in the page and nothing else: hashes are taken again from the text of the page, no
// element has a style or a handler of its own, and nothing is named that would be loaded.
func TestPolicy(t *testing.T) {
	for _, live := range []bool{false, true} {
		page := written(t, Options{Live: live}, byHand())
		policy := html.UnescapeString(between(t, page, `http-equiv="Content-Security-Policy" content="`, `"`))
		if policy != Policy(live) {
			t.Errorf("the page has the policy\n%s\nand not\n%s", policy, Policy(live))
		}
		for what, text := range map[string]string{
			"script-src": between(t, page, "<script>", "</script>"), "style-src": between(t, page, "<style>", "</style>"),
		} {
			sum := sha256.Sum256([]byte(text))
			want := what + " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "';"
			if !strings.Contains(policy, want) {
				t.Errorf("the policy has no %s:\n%s", want, policy)
			}
		}
		if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "connect-src") != live {
			t.Errorf("live %v: %s", live, policy)
		}
		elements(t, page, func(e xml.StartElement) {
			for _, a := range e.Attr {
				name := a.Name.Local
				loads := (name == "src" || name == "href" || name == "data" || name == "action") &&
					!strings.HasPrefix(a.Value, "#") && a.Value != "data:,"
				if name == "style" || strings.HasPrefix(name, "on") || loads {
					t.Errorf("<%s %s=%q>", e.Name.Local, name, a.Value)
				}
			}
		})
	}
}

var (
	raw    = regexp.MustCompile(`(?s)(<(script|style)[^>]*>).*?(</(script|style)>)`)
	wordBR = regexp.MustCompile(`<wbr>`)
)

// elements calls do with each element of a page, whose scripts and styles are left out.
func elements(t *testing.T, page string, do func(xml.StartElement)) {
	t.Helper()
	page = wordBR.ReplaceAllString(raw.ReplaceAllString(page, "$1$3"), "")
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	open := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			open++
			do(e)
		case xml.EndElement:
			open--
		}
	}
	if open != 0 {
		t.Errorf("%d elements are not closed", open)
	}
}

// Names that people choose are text, whatever stands in them, in the page and in its data.
func TestHostileNames(t *testing.T) {
	plain := byHand()
	count := func(page string) map[string]int {
		n := map[string]int{}
		elements(t, page, func(e xml.StartElement) {
			for _, a := range e.Attr {
				if strings.HasPrefix(a.Name.Local, "on") ||
					strings.Contains(a.Value, "javascript:") && a.Name.Local != "aria-label" {
					t.Errorf("<%s %s=%q>", e.Name.Local, a.Name.Local, a.Value)
				}
			}
			if !slices.Contains([]string{"text", "path", "g", "small"}, e.Name.Local) { // as many as long names have room for
				n[e.Name.Local]++
			}
		})
		return n
	}
	want := count(written(t, Options{Command: "amoeba report x"}, plain))
	for _, name := range []string{`<script>alert(1)</script>`, `</script><img src=x>"onload="alert(1)`,
		`'><svg/onload=alert(1)>{{.Data}}<!--`, "javascript:alert(1)]]>a\u2028b" + `\u003c/script>`} {
		o := byHand()
		o.Set.Name, o.About.Title, o.Set.About.Title, o.About.Source = name, name, name, name
		o.Spec.Benchmark, o.Set.Spec.Benchmark, o.Paper = name, name, name
		o.Arms[0].Label, o.Set.Arms[0].Label, o.Arms[0].Algo, o.Set.Arms[0].Algo = name, name, name, name
		o.Arms[0].Params = map[string]any{name: name}
		o.Spec.Algos[0] = name
		page := written(t, Options{Command: name}, o)
		got := count(page)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q makes elements:\n%s", name, d)
		}
		var curves []Curves
		data := between(t, page, `<script type="application/json" id="data">`, "</script>")
		if err := json.Unmarshal([]byte(data), &curves); err != nil {
			t.Errorf("%q: %v", name, err)
		} else if got := curves[0].Arms[0].Label; got != name {
			t.Errorf("the label of %q is read as %q", name, got)
		}
	}
}

// The same experiments give the same bytes, on one core and on more.
func TestDeterministic(t *testing.T) {
	o := ran(t, func(*lab.Spec) {})
	one := written(t, Options{}, o, byHand())
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if written(t, Options{}, o, byHand()) != one {
		t.Error("two pages of the same experiments differ")
	}
}

// A page of four methods and 500 seeds is to be at most a million bytes.
func TestSize(t *testing.T) {
	o := full(t)
	if n := len(written(t, Options{}, o)); n > 1_000_000 {
		t.Errorf("%d bytes", n)
	}
}

// full is four methods, 500 runs each.
func full(t testing.TB) *lab.Outcome {
	return ran(t, func(s *lab.Spec) {
		of := lab.Default()
		s.Benchmark, s.Algos, s.Seeds, s.Trials = of.Benchmark, of.Algos, lab.DefaultSeeds, lab.DefaultTrials
	})
}

func BenchmarkPage(b *testing.B) {
	o := full(b)
	for b.Loop() {
		var page bytes.Buffer
		if err := Write(&page, []*lab.Outcome{o}, Options{}); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(page.Len()), "bytes")
	}
}

// Every control and every link leads somewhere, headings skip no level, and tables have captions.
func TestStructure(t *testing.T) {
	pages := map[string]string{
		"one": written(t, Options{}, byHand()), "two": written(t, Options{Command: "amoeba report a b"}, byHand(),
			ran(t, func(s *lab.Spec) { s.Record = "none" })),
		"objectives": written(t, Options{}, ran(t, func(s *lab.Spec) {
			s.Benchmark, s.Algos = "nb201:cifar10,source=surrogate,objectives=error+flops", []string{"nsga2", "random"}
		})),
		"one run": written(t, Options{}, ran(t, func(s *lab.Spec) { s.Algos, s.Seeds = s.Algos[:1], 1 })),
	}
	for name, page := range pages {
		ids, wanted := map[string]bool{}, []string{}
		level, tables, captions := 1, 0, 0
		elements(t, page, func(e xml.StartElement) {
			for _, a := range e.Attr {
				switch a.Name.Local {
				case "id":
					if ids[a.Value] {
						t.Errorf("%s: two elements are called %s", name, a.Value)
					}
					ids[a.Value] = true
				case "aria-labelledby", "for", "data-copy":
					wanted = append(wanted, a.Value)
				case "href":
					if strings.HasPrefix(a.Value, "#") {
						wanted = append(wanted, a.Value[1:])
					}
				}
			}
			switch n := e.Name.Local; {
			case n == "table":
				tables++
			case n == "caption":
				captions++
			case len(n) == 2 && n[0] == 'h' && n[1] >= '1' && n[1] <= '6':
				if at := int(n[1] - '0'); at > level+1 {
					t.Errorf("%s: <%s> follows a heading of level %d", name, n, level)
				} else {
					level = at
				}
			}
		})
		for _, id := range wanted {
			if !ids[id] {
				t.Errorf("%s: nothing is called %s", name, id)
			}
		}
		if tables == 0 || tables != captions {
			t.Errorf("%s: %d tables, %d captions", name, tables, captions)
		}
	}
}

func TestNothing(t *testing.T) {
	if err := Write(io.Discard, nil, Options{}); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("%v", err)
	}
}

// A figure's styles become attributes, and its text stays.
func TestInline(t *testing.T) {
	got, err := inline([]byte(`<?xml version="1.0"?>`+"\n"+
		`<svg width="10pt" height="20pt" viewBox="0 0 10 20">`+
		`<path d="M1.2345,2L3.06,4Z" style="fill:none;stroke:#E6E6E6;stroke-width:0.5" />`+
		`<text x="6" style="font-family:'Liberation Sans',Arial;font-size:8px;fill:#222" textLength="54">a id=&#34;b&#34; 1.2345</text></svg>`),
		`a "b" $1`, "f-")
	want := `<svg class="drawing" role="img" aria-label="a &#34;b&#34; $1" width="15" viewBox="0 0 10 20">` +
		`<path d="M1.2,2L3.0,4Z" fill="none" stroke="#E6E6E6" stroke-width="0.5" />` +
		`<text x="6" font-size="8px" fill="#222" textLength="54">` +
		`a id=&#34;b&#34; 1.2345</text></svg>`
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	if _, err := inline([]byte("no figure"), "", ""); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("%v", err)
	}
}

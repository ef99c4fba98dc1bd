package browser

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// Each fault of a page that has them all is found, and a page without any has none.
func TestFaults(t *testing.T) {
	pages := map[string]string{
		"/good": `<!doctype html><html lang=en><title>good</title><link rel=icon href="data:,"><main><h1>Title</h1><p>Text</p>
<label><input type=checkbox> Dark</label> <button>Do</button> <a href="#x">There</a><h2 id=x>More</h2>
<svg width=50 height=20 role=img aria-label=Drawing><path d="M0 0H50V20H0Z" fill="#000"/><text x=5 y=15 fill="#fff">ab</text></svg></main>`,
		"/bad": `<!doctype html><html><link rel=icon href="data:,"><body><h1>Title</h1><p style="color:#888">Grey</p><p id=x>one<p id=x>two
<button></button><button style="outline:none">Do</button><button tabindex=1>First</button><div style="width:3000px">wide</div><h3>Deep</h3>
<img src="data:,"><svg width=50 height=20><path d="M0 0H50V20H0Z" fill="#000"/><text x=5 y=15 fill="#333">ab</text></svg>
<p style="opacity:.3">Faint</p><p style="font-size:8px">Tiny</p><p aria-describedby=nobody>described</p>
<script>console.error('broken', 7); throw new Error('thrown')</script>`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(pages[r.URL.Path]))
	}))
	defer server.Close()
	b := Start(t)
	good, bad := b.Tab(t), b.Tab(t)
	good.Open(server.URL + "/good")
	bad.Open(server.URL + "/bad")

	if faults := good.Faults(); len(faults) > 0 {
		t.Errorf("of a good page: %q", faults)
	}
	stops := good.Stops()
	want := []Stop{{Name: "input Dark"}, {Name: "button Do"}, {Name: "a There"}}
	if !slices.Equal(stops, want) {
		t.Errorf("the Tab key leads to %q, want %q", stops, want)
	}
	if said := good.Said(); len(said) > 0 {
		t.Errorf("a good page says %q", said)
	}
	if asked := good.Asked(); len(asked) == 0 || asked[0] != server.URL+"/good" {
		t.Errorf("a good page asks for %q", asked)
	}

	faults := strings.Join(bad.Faults(), "\n")
	for _, want := range []string{
		`contrast 3.54, want 4.5: "Grey"`,       // (1.05)/(0.2462+0.05) for #888888 on white
		`contrast 1.66, want 4.5: "ab" in text`, // (0.0331+0.05)/0.05 for #333333 on black
		`"Faint" in p`, "text of 8px", "two elements have the id x", "button without a name", "wider than the window: div",
		`h3 "Deep" follows a heading of level 1`, "0 elements main", "no language", "no title", "names nobody, which is not there",
		"image without a name", "button: tabindex 1 takes it out",
	} {
		if !strings.Contains(faults, want) {
			t.Errorf("no fault %q among\n%s", want, faults)
		}
	}
	said := strings.Join(bad.Said(), "\n")
	if !strings.Contains(said, "console.error broken 7") || !strings.Contains(said, "thrown") {
		t.Errorf("the bad page says %q", said)
	}
	byName := map[string]string{}
	for _, s := range bad.Stops() {
		byName[s.Name] = s.Fault
	}
	if byName["button Do"] != "nothing shows that it has the focus" {
		t.Errorf("focus: %q", byName)
	}
}

// A page sees the window, the reader's preference and the keys that a test says.
func TestView(t *testing.T) {
	tab := Start(t).Tab(t)
	tab.View(400, 700, true)
	tab.Eval("document.body.innerHTML = '<button onclick=\"this.textContent=1\">0</button>'", nil)
	tab.Press("Tab")
	tab.Press("Enter")
	tab.Wait("document.body.textContent === '1'")
	var got []any
	tab.Eval("[innerWidth, innerHeight, matchMedia('(prefers-color-scheme: dark)').matches]", &got)
	if !slices.Equal(got, []any{400.0, 700.0, true}) {
		t.Errorf("window and preference are %v", got)
	}
	if shot := tab.PNG(); len(shot) < 100 || string(shot[1:4]) != "PNG" {
		t.Errorf("no picture: %.20q", shot)
	}
	if sheet := tab.PDF(); !strings.HasPrefix(string(sheet), "%PDF-") {
		t.Errorf("no print: %.20q", sheet)
	}
}

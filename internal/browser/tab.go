package browser

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Tab is a page of a browser, with a cache and storage of its own. What goes wrong with the browser itself ends the
// test.
type Tab struct {
	t       testing.TB
	pipe    *pipe
	session string

	mu    sync.Mutex
	said  []string
	asked []string
}

// patience is how long a page may take to become what a test waits for. A browser on a machine that is busy with other
// tests needs seconds for what takes it milliseconds otherwise.
const patience = 30 * time.Second

// Tab opens an empty tab, of 1280 × 800 pixels and light, which is closed with the test.
func (b *Browser) Tab(t testing.TB) *Tab {
	t.Helper()
	var context struct {
		ID string `json:"browserContextId"`
	}
	tab := &Tab{t: t, pipe: b.pipe}
	tab.call("Target.createBrowserContext", nil, &context)
	var target struct {
		ID string `json:"targetId"`
	}
	tab.call("Target.createTarget", dict{"url": "about:blank", "browserContextId": context.ID}, &target)
	var session struct {
		ID string `json:"sessionId"`
	}
	tab.call("Target.attachToTarget", dict{"targetId": target.ID, "flatten": true}, &session)
	b.pipe.listen(session.ID, tab.hear)
	tab.session = session.ID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		tab.call(domain+".enable", nil, nil)
	}
	tab.View(1280, 800, false)
	t.Cleanup(func() {
		_ = b.pipe.call("", "Target.disposeBrowserContext", dict{"browserContextId": context.ID}, nil)
	})
	return tab
}

type dict map[string]any

func (tab *Tab) call(method string, params dict, result any) {
	tab.t.Helper()
	if params == nil {
		params = dict{}
	}
	if err := tab.pipe.call(tab.session, method, params, result); err != nil {
		tab.t.Fatal(err)
	}
}

// hear keeps what the page says and asks for.
func (tab *Tab) hear(m message) {
	var e struct {
		Type    string
		Args    []struct{ Value, Description any }
		Entry   struct{ Source, Level, Text, URL string }
		Request struct{ URL string }
		Details struct {
			Text      string
			Exception struct{ Description string }
		} `json:"exceptionDetails"`
	}
	_ = json.Unmarshal(m.Params, &e) // events of other shapes leave it empty
	tab.mu.Lock()
	defer tab.mu.Unlock()
	switch m.Method {
	case "Runtime.consoleAPICalled":
		line := "console." + e.Type
		for _, a := range e.Args {
			if a.Value == nil {
				a.Value = a.Description
			}
			line += fmt.Sprint(" ", a.Value)
		}
		tab.said = append(tab.said, line)
	case "Runtime.exceptionThrown":
		tab.said = append(tab.said, e.Details.Text+" "+e.Details.Exception.Description)
	case "Log.entryAdded":
		line := e.Entry.Source + " " + e.Entry.Level + ": " + e.Entry.Text + " " + e.Entry.URL
		tab.said = append(tab.said, strings.TrimSpace(line))
	case "Network.requestWillBeSent":
		tab.asked = append(tab.asked, e.Request.URL)
	}
}

// Said is what the page has written to the console, faults of scripts and what a policy refused included.
func (tab *Tab) Said() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return slices.Clone(tab.said)
}

// Asked are the addresses that the page has asked for, its own first.
func (tab *Tab) Asked() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return slices.Clone(tab.asked)
}

// View sets the size in CSS pixels and whether the reader prefers dark pages. Nothing moves by itself, so that a test
// sees at once where a key led.
func (tab *Tab) View(width, height int, dark bool) {
	tab.t.Helper()
	tab.call("Emulation.setDeviceMetricsOverride",
		dict{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	tab.call("Emulation.setEmulatedMedia",
		dict{"features": []dict{{"name": "prefers-color-scheme", "value": scheme},
			{"name": "prefers-reduced-motion", "value": "reduce"}}}, nil)
}

// Open goes to an address and waits until the page is loaded.
func (tab *Tab) Open(url string) {
	tab.t.Helper()
	var gone struct{ ErrorText string }
	tab.call("Page.navigate", dict{"url": url}, &gone)
	if gone.ErrorText != "" {
		tab.t.Fatalf("%s: %s", url, gone.ErrorText)
	}
	tab.Wait("document.readyState === 'complete'")
}

// Eval evaluates an expression in the page and decodes its value, or that of its promise, into to, unless that is nil.
func (tab *Tab) Eval(expression string, to any) {
	tab.t.Helper()
	var got struct {
		Result  struct{ Value json.RawMessage }
		Details *struct {
			Text      string
			Exception struct{ Description string }
		} `json:"exceptionDetails"`
	}
	tab.call("Runtime.evaluate", dict{"expression": expression, "returnByValue": true, "awaitPromise": true}, &got)
	if got.Details != nil {
		tab.t.Fatalf("%s: %s %s", expression, got.Details.Text, got.Details.Exception.Description)
	}
	if to == nil {
		return
	}
	if err := json.Unmarshal(got.Result.Value, to); err != nil {
		tab.t.Fatalf("%s is %s: %v", expression, got.Result.Value, err)
	}
}

// Settle waits until the page is painted as it is now: until the second frame from here on begins.
func (tab *Tab) Settle() {
	tab.t.Helper()
	tab.Eval("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))", nil)
}

// Wait waits until an expression is true in the page.
func (tab *Tab) Wait(expression string) {
	tab.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		var is bool
		if tab.Eval("!!("+expression+")", &is); is {
			return
		}
		if time.Now().After(deadline) {
			tab.t.Fatalf("never came true: %s; the console has %q", expression, tab.Said())
		}
	}
}

// keys are the codes of the keys that a test presses, and what they type.
var keys = map[string]struct {
	code int
	text string
}{"Tab": {9, ""}, "Enter": {13, "\r"}, " ": {32, " "}, "Escape": {27, ""}, "ArrowLeft": {37, ""}, "ArrowUp": {38, ""},
	"ArrowRight": {39, ""}, "ArrowDown": {40, ""}, "Home": {36, ""}, "End": {35, ""}}

// Press presses a key and lets it go.
func (tab *Tab) Press(key string) {
	tab.t.Helper()
	k, known := keys[key]
	if !known {
		tab.t.Fatalf("no key %q", key)
	}
	down := dict{"type": "keyDown", "key": key, "code": strings.ReplaceAll(key, " ", "Space"),
		"windowsVirtualKeyCode": k.code, "text": k.text}
	if k.text == "" {
		down["type"] = "rawKeyDown"
	}
	tab.call("Input.dispatchKeyEvent", down, nil)
	tab.call("Input.dispatchKeyEvent", dict{"type": "keyUp", "key": key, "code": down["code"],
		"windowsVirtualKeyCode": k.code}, nil)
}

// PNG is the picture of the whole page, below the edge of the window too.
func (tab *Tab) PNG() []byte {
	tab.t.Helper()
	tab.Eval("scrollTo(0, 0)", nil) // what sticks to the window stands in its place then
	var shot struct{ Data string }
	tab.call("Page.captureScreenshot", dict{"format": "png", "captureBeyondViewport": true}, &shot)
	return tab.decode(shot.Data)
}

// PDF is the page as it is printed on A4.
func (tab *Tab) PDF() []byte {
	tab.t.Helper()
	var shot struct{ Data string }
	tab.call("Page.printToPDF", dict{"paperWidth": 8.27, "paperHeight": 11.69}, &shot) // inches, ISO 216
	return tab.decode(shot.Data)
}

func (tab *Tab) decode(text string) []byte {
	tab.t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		tab.t.Fatal(err)
	}
	return b
}

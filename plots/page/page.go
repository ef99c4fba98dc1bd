package page

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
	"unicode"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/lab"
)

// mark is what every page begins with.
const mark = "<!doctype html>\n<!-- a report of amoeba -->\n"

// Kind is the kind of file that a page is.
var Kind = durable.Begins("HTML report of amoeba", mark)

// Name is the file of a page in the folder of an experiment.
const Name = "report.html"

// Options are how a page is written.
type Options struct {
	// Live has the page listen to the server that it comes from, and take its place again when that says so.
	Live bool
	// Command is the command that writes the page again, as a shell reads it; "" for none.
	Command string
}

var (
	//go:embed page.html
	pageText string
	//go:embed page.css
	pageStyle string
	//go:embed chart.js
	chartScript string
	//go:embed page.js
	pageScript string
	//go:embed live.js
	liveScript string
	//go:embed uplot/uPlot.iife.min.js
	uplotScript string
	//go:embed uplot/uPlot.min.css
	uplotStyle string
	//go:embed uplot/LICENSE
	uplotLicence string
)

var pageTemplate = template.Must(template.New("page").
	Funcs(template.FuncMap{"capital": capital, "pieces": pieces}).Parse(pageText))

// pieces are the parts of a spec between which a line may break: behind a comma.
func pieces(spec string) []string { return strings.SplitAfter(spec, ",") }

// capital begins a text with a capital letter, as a sentence does, and leaves out the point at its end.
func capital(text string) string {
	r := []rune(strings.TrimSuffix(text, "."))
	if len(r) > 0 {
		r[0] = unicode.ToUpper(r[0])
	}
	return string(r)
}

// script is the one script of a page, whose names nothing outside it sees.
func script(live bool) string {
	text := "/*\n" + uplotLicence + "*/\n" + uplotScript + "\n(() => {\n\"use strict\";\n" + chartScript + pageScript +
		"})();\n"
	if live {
		text += liveScript
	}
	return text
}

// style is the one style of a page.
func style() string { return uplotStyle + "\n" + pageStyle }

// Policy is the policy of content of a page (W3C, Content Security Policy Level 3): nothing is loaded, and only its
// own script and style count. A live page may ask the server that it comes from.
func Policy(live bool) string {
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	text := "default-src 'none'; script-src " + hash(script(live)) + "; style-src " + hash(style()) +
		"; img-src data:; base-uri 'none'; form-action 'none'"
	if live {
		text += "; connect-src 'self'"
	}
	return text
}

// Write writes experiments as a page. Each outcome's Set has the name of its folder. The error wraps
// evolve.ErrInvalid where there is nothing to show.
func Write(w io.Writer, all []*lab.Outcome, o Options) error {
	v, err := newView(all, o)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, mark); err != nil {
		return err
	}
	return pageTemplate.Execute(w, v)
}

// Data are the curves of experiments as the script of a page reads them: a JSON list of [Curves], one an experiment.
func Data(all []*lab.Outcome) ([]byte, error) {
	curves := []Curves{}
	for _, o := range all {
		curves = append(curves, curvesOf(o.Set, budgetPoints/len(all)))
	}
	return json.Marshal(curves)
}

// view is what the template shows.
type view struct {
	Policy  string
	Style   template.CSS
	Script  template.JS
	Data    template.JS // JSON
	Live    bool
	Title   string
	Lead    []finding
	Parts   []part
	Figures []figure
	Undrawn []string // figures that there are not, and why
	Command string
	BibTeX  string
	Writer  string
	Version string
}

// A page of four methods and 500 seeds is to have at most a million bytes. Curves and figures have these; tables,
// texts, style and script, which has 70,000, take the others.
const pageBytes = 800_000

func newView(all []*lab.Outcome, o Options) (*view, error) {
	if len(all) == 0 {
		return nil, fmt.Errorf("there is no experiment to report: %w", evolve.ErrInvalid)
	}
	all = soFar(all)
	data, err := Data(all)
	if err != nil {
		return nil, err
	}
	v := &view{Policy: Policy(o.Live), Style: template.CSS(style()), Script: template.JS(script(o.Live)),
		Data: template.JS(data), Live: o.Live, Command: o.Command, Version: lab.Version}
	for i, of := range all {
		p := partOf(of, i)
		p.Alone = len(all) == 1
		if o.Live {
			p.Newest = newestOf(of, &p.report, p.ID)
		}
		v.Parts = append(v.Parts, p)
	}
	v.Title, v.Lead = title(v.Parts), lead(v.Parts)
	v.Figures, v.Undrawn, err = figuresOf(all, pageBytes-len(data))
	v.BibTeX, v.Writer = literature(v, all), writer()
	return v, err
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/internal/shared"
	"github.com/amoeba-nas/amoeba/plots"
)

// The manual is run: each page in an empty folder of its own, block after block, as a reader types it.
//
//   - A block ```sh is run by sh -e; all its commands succeed.
//   - A block ```text shows what the block before it printed: its lines, in their order. A line … stands for any lines,
//     and … at the end of a line for its rest.
//   - A block ```go is a part of the file that the rule before it names, and so is a ```text with such a rule.
//   - A picture is what a command of the page wrote under that name, byte for byte.
//
// A comment before a block is a rule, one a line:
//
//	<!-- test: OLD => NEW -->     runs the block with NEW where it says OLD
//	<!-- test: needs raw -->      runs it where the published files are at hand, which the tests' own server then has
//	<!-- test: needs PROGRAM -->  runs it where PROGRAM is installed
//	<!-- test: file PATH -->      names the file of the repository that the block is from
func TestManual(t *testing.T) {
	if raceEnabled && testing.Short() {
		t.Skip("runs a hundred commands")
	}
	pages, err := filepath.Glob(filepath.Join(manualDir, "*.md"))
	if err != nil || len(pages) < 8 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, page := range pages {
		t.Run(strings.TrimSuffix(filepath.Base(page), ".md"), func(t *testing.T) {
			t.Parallel()
			runPage(t, page)
		})
	}
}

var manualDir = filepath.Join("..", "..", "docs", "manual")

// block is a fenced block of a page with the rules before it.
type block struct {
	line       int // of its fence, from 1
	lang, text string
	rules      []string
}

var (
	ruleLine    = regexp.MustCompile(`^<!-- test: (.*) -->$`)
	shownImage  = regexp.MustCompile(`!\[[^\]]+\]\(\.\./img/([^)]+)\)`)
	linkedFiles = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
)

func blocksOf(t *testing.T, text string) (blocks []block) {
	t.Helper()
	var rules []string
	open := false
	for i, line := range strings.Split(text, "\n") {
		switch {
		case open && line == "```":
			open = false
		case open:
			blocks[len(blocks)-1].text += line + "\n"
		case strings.HasPrefix(line, "```"):
			blocks = append(blocks, block{line: i + 1, lang: line[3:], rules: rules})
			open, rules = true, nil
		case ruleLine.MatchString(line):
			rules = append(rules, ruleLine.FindStringSubmatch(line)[1])
		case len(rules) > 0:
			t.Errorf("line %d: a rule stands before no block", i+1)
			rules = nil
		}
	}
	if open || len(rules) > 0 {
		t.Error("the last block or rule has no end")
	}
	return blocks
}

func runPage(t *testing.T, page string) {
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	text, dir := string(b), t.TempDir()
	for _, m := range linkedFiles.FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil && !*update {
			t.Errorf("a link leads nowhere: %v", err)
		}
	}
	// Examples of the repository lie where a reader in a clone has them.
	if examples, err := filepath.Abs(filepath.Join("..", "..", "examples")); err != nil {
		t.Fatal(err)
	} else if err := os.Symlink(examples, filepath.Join(dir, "examples")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	var out string
	ran := true
	for _, b := range blocksOf(t, text) {
		switch b.lang {
		case "sh":
			out = "" // of a block that is left out, too
			if ran = t.Run(fmt.Sprintf("line %d", b.line), func(t *testing.T) { out = b.run(t, dir) }); !ran {
				return // what follows builds on it
			}
		case "text":
			if len(b.rules) > 0 {
				b.isOfFile(t)
			} else if line, ok := shows(out, b.text); !ok && out != "" {
				t.Errorf("line %d: not printed: %s\n%s", b.line, line, out)
			}
		case "go":
			b.isOfFile(t)
		default:
			t.Errorf("line %d: a block of %q, which nothing checks", b.line, b.lang)
		}
	}
	for _, m := range shownImage.FindAllStringSubmatch(text, -1) {
		drawn, err := os.ReadFile(filepath.Join(dir, m[1]))
		kept := filepath.Join("..", "..", "docs", "img", m[1])
		if err == nil && *update {
			err = os.WriteFile(kept, drawn, 0o644)
		}
		shown, err2 := os.ReadFile(kept)
		switch {
		case errors.Join(err, err2) != nil:
			t.Error(errors.Join(err, err2))
		case !bytes.Equal(drawn, shown):
			t.Errorf("docs/img/%s is not what the page draws: look at it and write it with "+
				"go test ./cmd/amoeba -run TestManual -update", m[1])
		}
	}
}

// run is what a block prints on both outputs, "" where it is left out.
func (b *block) run(t *testing.T, dir string) string {
	text, env := b.text, append(os.Environ(), "AMOEBA_DATA="+filepath.Join(dir, "none"))
	for _, rule := range b.rules {
		old, short, ok := strings.Cut(rule, " => ")
		if what, needs := strings.CutPrefix(rule, "needs "); needs && what == "raw" {
			shared.Need(t, raw)
			env = append(env, "AMOEBA_MIRROR="+newMirror(t, nil).URL+"/")
		} else if _, err := exec.LookPath(what); needs && err != nil {
			t.Skip("not installed here:", what)
		} else if !needs && (!ok || !strings.Contains(text, old)) {
			t.Fatalf("the rule %q changes nothing", rule)
		} else if !needs {
			text = strings.ReplaceAll(text, old, short)
		}
	}
	cmd := amoeba(t, dir) // a link of that name to this test, in a folder of its own
	env = append(env, "PATH="+filepath.Dir(cmd.Path)+string(os.PathListSeparator)+os.Getenv("PATH"))
	cmd = exec.Command("sh", "-e", "-c", text)
	cmd.Dir, cmd.Env = dir, env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, text, out)
	}
	return string(out)
}

// isOfFile checks that a block stands in the file that its rule names, which the build compiles and its tests run. What
// an example prints stands there in comments.
func (b *block) isOfFile(t *testing.T) {
	if len(b.rules) != 1 || !strings.HasPrefix(b.rules[0], "file ") {
		t.Errorf("line %d: a block without the rule that names its file", b.line)
		return
	}
	file, err := os.ReadFile(filepath.Join("..", "..", strings.TrimPrefix(b.rules[0], "file ")))
	commented := "\t// " + strings.ReplaceAll(strings.TrimSpace(b.text), "\n", "\n\t// ") + "\n"
	if err != nil || !bytes.Contains(file, []byte(b.text)) && !bytes.Contains(file, []byte(commented)) {
		t.Errorf("line %d: stands so in no file: %s, %v", b.line, b.rules[0], err)
	}
}

// shows says whether the lines of want stand in out in their order, else which one does not.
func shows(out, want string) (missing string, ok bool) {
	lines := strings.Split(out, "\n")
	gap := true
	for w := range strings.Lines(want) {
		w = strings.TrimSuffix(w, "\n")
		if w == "…" {
			gap = true
			continue
		}
		begin, open := strings.CutSuffix(w, "…")
		i := slices.IndexFunc(lines, func(l string) bool {
			return strings.TrimRight(l, " ") == w || open && strings.HasPrefix(l, begin)
		})
		if i < 0 || i > 0 && !gap {
			return w, false
		}
		lines, gap = lines[i+1:], false
	}
	return "", true
}

func TestShows(t *testing.T) {
	const out = "a 1\nb 2\nc 3\nd 4\n"
	for want, ok := range map[string]bool{
		"b 2\n": true, "a 1\nb 2\n": true, "a 1\nc 3\n": false, "a 1\n…\nc 3\n": true, "c 3\n…\na 1\n": false,
		"a…\nb 2\n": true, "a …\n…\nd…\n": true, "a\n": false, "e\n": false, "b 2\n…\nb 2\n": false,
	} {
		if line, got := shows(out, want); got != ok {
			t.Errorf("%q: %v, %q", want, got, line)
		}
	}
}

// Every kind of figure is in the gallery, and every page is in the index.
func TestManualIsWhole(t *testing.T) {
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(manualDir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	gallery, index := read("gallery.md"), read("README.md")
	for _, e := range plots.Figures.Entries() {
		if !strings.Contains(gallery, "--kind "+e.Name) || !strings.Contains(gallery, "## "+e.Name) {
			t.Errorf("docs/manual/gallery.md does not show %s", e.Name)
		}
	}
	pages, _ := filepath.Glob(filepath.Join(manualDir, "*.md"))
	for _, page := range pages {
		if name := filepath.Base(page); name != "README.md" && !strings.Contains(index, "("+name+")") {
			t.Errorf("docs/manual/README.md does not name %s", name)
		}
	}
}

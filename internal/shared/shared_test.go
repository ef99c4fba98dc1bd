package shared

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// No test looks for the shared data in a way of its own, which CI would not hear of.
func TestOneWay(t *testing.T) {
	files := 0
	err := filepath.WalkDir(root(), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") || filepath.Dir(path) == filepath.Join(root(), "internal", "shared") {
			return err
		}
		files++
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil && strings.Contains(text, "../shared") {
					t.Errorf("%s: %q: want shared.Path", set.Position(lit.Pos()), text)
				}
			}
			// filepath.Join("..", "..", "shared")
			if call, ok := n.(*ast.CallExpr); ok {
				up := false
				for _, a := range call.Args {
					lit, ok := a.(*ast.BasicLit)
					if ok && lit.Value == `"shared"` && up {
						t.Errorf("%s: want shared.Path", set.Position(lit.Pos()))
					}
					up = ok && lit.Value == `".."`
				}
			}
			return true
		})
		return nil
	})
	if err != nil || files < 100 {
		t.Errorf("%d files, %v", files, err)
	}
}

// A test that skips leaves a line where CI looks, and one that does not skip leaves none.
func TestNeed(t *testing.T) {
	kept := Dir
	defer func() { Dir = kept }()
	Dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(Dir, "here"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(t.TempDir(), "skipped")
	t.Setenv("AMOEBA_SKIPPED", list)
	t.Run("with", func(t *testing.T) {
		if got := Path(t, "here"); got != filepath.Join(Dir, "here") {
			t.Error(got)
		}
	})
	for range 2 {
		t.Run("without", func(t *testing.T) {
			Path(t, "some", "table.csv")
			t.Error("went on")
		})
	}
	text, err := os.ReadFile(list)
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	if err != nil || len(lines) != 2 || !strings.HasSuffix(string(lines[0]), "TestNeed/without: some/table.csv") {
		t.Errorf("%v, %q", err, text)
	}
}

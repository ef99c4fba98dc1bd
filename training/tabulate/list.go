package tabulate

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// maxList bounds a list of cells: a million genomes, the most of a sample, of the 64 bytes that the longest have.
const maxList = 64 << 20

// Open lists the architectures of a table, which are those of [Cells] or of a file ([ReadList]), and returns the
// text by which a manifest keeps them.
func Open(spaceName, which string) (archs []evolve.Arch, kept string, err error) {
	if kind, _, given := strings.Cut(which, "="); which == "all" || given && (kind == "ops" || kind == "sample") {
		archs, err = Cells(spaceName, which)
		return archs, which, err
	}
	archs, err = ReadList(spaceName, which)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("cells %q: want all, ops=0,1,3, sample=N or a file: %w: %w", which, err, evolve.ErrInvalid)
	}
	return archs, listed(archs), err
}

// ReadList reads a file of architectures of a space: one a line, in any notation that [space.Read] knows. Empty lines
// and what follows a # are left out. An architecture that is listed twice is an error; two architectures that mean the
// same network are not, and both are trained. An error of a line names the file and the line, and wraps
// [evolve.ErrInvalid].
func ReadList(spaceName, path string) ([]evolve.Arch, error) {
	s, _, err := evolve.Spaces.Open(evolve.Spec{Name: spaceName})
	if err != nil {
		return nil, err
	}
	text, err := durable.ReadFile(path, maxList)
	if err != nil {
		return nil, err
	}
	var archs []evolve.Arch
	lineOf := map[evolve.Arch]int{}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line, _, _ = strings.Cut(strings.TrimPrefix(line, "\ufeff"), "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		a, err := space.Read(s, line)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		if first := lineOf[a]; first > 0 {
			return nil, fmt.Errorf("%s:%d: %s is there twice, first in line %d: %w", path, n, a, first,
				evolve.ErrInvalid)
		}
		lineOf[a] = n
		archs = append(archs, a)
	}
	if len(archs) == 0 {
		return nil, fmt.Errorf("%s: no cells: want one a line: %w", path, evolve.ErrInvalid)
	}
	return archs, nil
}

// listed is the text of a list: how many architectures it has, by which a check of the folder knows whether all were
// trained, and the SHA-256 of their genomes in the order of the list, a line each. How the file writes them, and its
// comments, do not count.
func listed(archs []evolve.Arch) string {
	h := sha256.New()
	for _, a := range archs {
		fmt.Fprintf(h, "%s\n", a)
	}
	return fmt.Sprintf("list=%d,sha256=%s", len(archs), hex.EncodeToString(h.Sum(nil)))
}

// cells is how many architectures the table is to have; ok is false where that is not known.
func (p *Protocol) cells() (n int, ok bool) {
	if text, list := strings.CutPrefix(p.Cells, "list="); list {
		text, _, _ = strings.Cut(text, ",")
		n, err := strconv.Atoi(text)
		return n, err == nil && n > 0
	}
	archs, err := Cells(p.Space, p.Cells)
	return len(archs), err == nil
}

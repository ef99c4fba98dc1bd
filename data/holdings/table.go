package holdings

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/data/fetch"
)

// table is a published table of results.
type table struct{ data.Table }

func (t table) Name() string   { return t.Table.Name }
func (t table) IsTable() bool  { return true }
func (t table) Embedded() bool { return false }
func (t table) Sourced() bool  { return len(t.Sources) > 0 }

func (t table) Import(ctx context.Context, from string) (Imported, error) {
	f, found, err := t.Table.Import(ctx, from)
	if err != nil {
		return Imported{}, err
	}
	path, err := f.Write()
	return Imported{t.Name(), found, path, f.Hash}, err
}

func (t table) lines() (string, [][2]string) {
	lines := [][2]string{
		{"rows", fmt.Sprint(t.Rows)},
		{"data sets", strings.Join(t.Sets, ", ")},
		{"epochs", strings.Trim(fmt.Sprint(t.Fidelities), "[]")},
		{"objectives", strings.Join(t.Objectives, ", ")},
		{"measured", t.Measured},
		{"estimated", t.Estimated},
		{"modelled", t.Modelled},
		{"size", megabytes(t.Bytes)},
		{"licences", strings.Join(t.Licences(), ", ")},
		{"embedded", t.Table.Embedded},
		{"official", t.Official},
		{"state", State(t.Table)},
	}
	for _, s := range t.Sources {
		lines = append(lines, [2]string{"source", s.URL() + "  (" + s.Licence + ")"})
	}
	return t.Holds, lines
}

func (t table) where() (lines []string) {
	for _, s := range t.Sources {
		lines = append(lines, fmt.Sprintf("repository %s at commit %s: %s (licence: %s)",
			s.Repository, s.Commit, s.Path, s.Licence))
		if s.Compact != "" {
			lines = append(lines, fmt.Sprintf("  import reads the compact file made of it: DIR/%s, SHA-256 %s",
				s.Compact, s.SHA256))
		}
	}
	if t.Official != "" {
		lines = append(lines, "official: "+t.Official)
	}
	return append(lines, "then: "+importCommand(t.Name()))
}

func (t table) files(dir string) (all []remote, err error) {
	for _, s := range t.Sources {
		all = append(all, remote{
			url: s.URL(), host: data.RawHost, licence: s.Licence, size: fmt.Sprintf("%.1f MB", float64(s.Size)/1e6),
			to: fetch.File{Path: filepath.Join(dir, s.File()), Size: s.Size, SHA256: s.SHA256},
		})
	}
	return all, nil
}

package holdings

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/amoeba-nas/amoeba/data/fetch"
	"github.com/amoeba-nas/amoeba/data/images"
)

// set is a set of labelled images.
type set struct{ images.Info }

func (i set) Name() string  { return i.Info.Name }
func (i set) IsTable() bool { return false }
func (i set) Sourced() bool { return true }

func (i set) Import(ctx context.Context, from string) (Imported, error) {
	s, err := i.Info.Import(ctx, from)
	if err != nil {
		return Imported{}, err
	}
	path, err := s.Write()
	return Imported{i.Name(), i.Holds(), path, s.Hash}, err
}

func (i set) lines() (string, [][2]string) {
	lines := [][2]string{
		{"split", fmt.Sprintf("%d training, %d validation, %d test", i.Train, i.Val, i.Test)},
		{"lossy", i.Lossy},
		{"licences", i.Licence},
		{"paper", i.Cite},
	}
	if i.Embedded() {
		lines = append(lines, [2]string{"state", "in the program"})
	} else {
		lines = append(lines, [2]string{"size", megabytes(i.Bytes())}, [2]string{"state", stateOf(i, i.State())})
	}
	for _, f := range i.Files {
		lines = append(lines, [2]string{"source", cmp.Or(f.URL(), i.Name()+"/"+f.Name)})
	}
	return i.Holds(), lines
}

func (i set) where() (lines []string) {
	if i.Embedded() {
		return []string{"it is in the program"}
	}
	for _, f := range i.Files {
		lines = append(lines, fmt.Sprintf("import reads DIR/%s/%s, SHA-256 of its unpacked bytes %s",
			i.Name(), f.Name, f.SHA256))
	}
	return append(lines, "then: "+importCommand(i.Name()))
}

// files are those of the set. A file of which only the checksum of the unpacked bytes is known is removed here if it is
// another: the download cannot tell, and would keep it.
func (i set) files(dir string) (all []remote, err error) {
	for _, f := range i.Files {
		to := fetch.File{Path: filepath.Join(dir, i.Name(), f.Name)}
		if f.Pinned() {
			to.Size, to.SHA256 = f.Size, f.SHA256
		} else if _, err := os.Stat(to.Path); err == nil && f.Check(to.Path) != nil {
			if err := os.Remove(to.Path); err != nil {
				return nil, err
			}
		}
		all = append(all, remote{
			url: f.URL(), host: f.Host, licence: i.Licence, limit: f.Limit(),
			size: fmt.Sprintf("at most %.1f MB", float64(f.Limit())/1e6), to: to,
		})
	}
	return all, nil
}

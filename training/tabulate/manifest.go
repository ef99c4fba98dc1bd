package tabulate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
	"github.com/amoeba-nas/amoeba/evolve/durable"
)

// claim writes the manifest of a new folder, or checks that of an old one.
func claim(dir string, p Protocol) error {
	path := filepath.Join(dir, manifestName)
	have, err := durable.ReadFile(path, manifestMost)
	if errors.Is(err, os.ErrNotExist) {
		text, err := checked.File(p)
		if err != nil {
			return err
		}
		return durable.WriteBytes(path, text)
	}
	if err != nil {
		return err
	}
	was, err := parseProtocol(have)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := p.differs(was.manifest()); err != nil {
		return fmt.Errorf("%s: %w, choose another folder: %w", path, err, evolve.ErrInvalid)
	}
	return nil
}

func (p *Protocol) manifest() []byte {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		panic(err) // a protocol that was checked has numbers alone
	}
	return text
}

// differs says in which line a manifest is not this protocol's.
func (p *Protocol) differs(have []byte) error {
	want := p.manifest()
	if bytes.Equal(bytes.TrimSpace(have), want) {
		return nil
	}
	a, b := bytes.Split(have, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range min(len(a), len(b)) {
		if !bytes.Equal(a[i], b[i]) {
			return fmt.Errorf("line %d says %s and this build %s: runs of two protocols are not mixed",
				i+1, bytes.Trim(a[i], " ,"), bytes.Trim(b[i], " ,"))
		}
	}
	return errors.New("is of another protocol")
}

// Load reads a folder's protocol.
func Load(dir string) (p Protocol, err error) {
	path := filepath.Join(dir, manifestName)
	text, err := durable.ReadFile(path, manifestMost)
	if err != nil {
		return p, err
	}
	if p, err = parseProtocol(text); err != nil {
		return p, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// older is what to do with the folder of a build that knew no checksums.
const older = "go on with that build, or let it pack the folder and begin a new one --from what it packed"

func parseProtocol(text []byte) (p Protocol, err error) {
	if err := checked.ParseFile(text, &p); err != nil {
		remedy := "restore it, or begin a new folder"
		if errors.Is(err, checked.ErrNone) {
			remedy = older
		}
		return p, fmt.Errorf("%w; %s: %w", err, remedy, evolve.ErrInvalid)
	}
	if p.Seeds < 1 || p.Seeds > ownruns.MaxSeeds {
		return p, fmt.Errorf("%d seeds, want 1 to %d: %w", p.Seeds, ownruns.MaxSeeds, evolve.ErrInvalid)
	}
	return p, p.Recipe.Check()
}

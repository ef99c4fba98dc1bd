package tabulate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/verify"
)

// Verify reads every file of a build's folder and checks it against its checksums and the protocol.
// It only reads, and needs neither a lock nor the data.
func Verify(dir string) (*verify.Report, error) {
	r := verify.New(dir, "table")
	path := filepath.Join(dir, manifestName)
	p, loaded := Load(dir)
	note := ""
	if p.Device != "" {
		note = "trained on " + p.Device
	}
	r.Check(path, note, loaded)
	path = filepath.Join(dir, RunsName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		r.Unfinished = "no run has ended: amoeba table build goes on with it"
		return r, r.Rest()
	}
	runs, _, torn, err := readRuns(dir)
	if err == nil && loaded == nil {
		err = p.holds(runs)
	}
	note = fmt.Sprintf("%d runs", len(runs))
	if loaded == nil {
		if n, ok := p.cells(); ok && n*p.Seeds > len(runs) {
			r.Unfinished = fmt.Sprintf("%d of %d runs have ended: amoeba table build goes on with it",
				len(runs), n*p.Seeds)
		}
	}
	switch {
	case err == nil && torn > 0 && r.Unfinished == "":
		err = fmt.Errorf("line %d has no end: cut or altered: %w", len(runs)+1, evolve.ErrInvalid)
	case torn > 0:
		note += fmt.Sprintf("; the last %d bytes are of a line that a stop has torn, and do not count", torn)
	}
	r.Check(path, note, err)
	return r, r.Rest()
}

// holds says whether runs are each of this protocol and there once.
func (p *Protocol) holds(runs []Run) error {
	if _, err := p.missing(nil, runs); err != nil {
		return err
	}
	_, _, err := whole(RunsName, runs, p.Seeds, p.Recipe.Epochs)
	return err
}

// Checker checks the folders of builds of tables.
var Checker = verify.Checker{
	Is: func(names []string) bool {
		return slices.Contains(names, durable.TableFile) || slices.Contains(names, RunsName)
	},
	Check: func(dir string) ([]*verify.Report, error) { return verify.One(Verify(dir)) },
}

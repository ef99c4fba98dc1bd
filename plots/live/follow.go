package live

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/plots/page"
)

// The folder is looked at no more often than every second, which is as fast as a reader notices, and rests for
// restFactor times as long as it took to look and to write the page: following costs a tenth of a core at most.
const (
	lookEvery  = time.Second
	restFactor = 9
)

// state is what a browser may know.
type state struct {
	page    []byte
	version string // of the page's bytes; "" while there is none
	trouble string // why the page is no newer, on one line; "" where it is as new as the folder
}

// follower keeps the page of a folder, as new as those who ask for it need it. It is safe for concurrent use.
type follower struct {
	stamp func() (string, error) // changes whenever the folder does
	write func() ([]byte, error) // the page as the folder is now
	now   func() time.Time

	mu     sync.Mutex
	state  state
	seen   string    // the stamp of the page
	rested time.Time // when to look again
}

// follow follows an experiment's folder.
func follow(dir, command string) *follower {
	return &follower{
		stamp: func() (string, error) { return lab.Stamp(dir) },
		write: func() ([]byte, error) { return pageOf(dir, command) },
		now:   time.Now,
	}
}

// pageOf is the page of a folder as it is now.
func pageOf(dir, command string) ([]byte, error) {
	o, err := lab.Follow(dir)
	if err != nil {
		return nil, err
	}
	o.Set.Name = dir
	var b bytes.Buffer
	err = page.Write(&b, []*lab.Outcome{o}, page.Options{Live: true, Command: command})
	return b.Bytes(), err
}

// current is what there is to know now. Callers that come while the page is written wait for it.
func (f *follower) current() state {
	f.mu.Lock()
	defer f.mu.Unlock()
	began := f.now()
	if began.Before(f.rested) {
		return f.state
	}
	f.look()
	took := f.now().Sub(began)
	f.rested = began.Add(took + max(lookEvery, restFactor*took))
	return f.state
}

// look writes the page again if the folder has changed. A folder that cannot be read now, such as one in which a file
// is being replaced, leaves the page as it was.
func (f *follower) look() {
	at, err := f.stamp() // before the folder is read: what changes meanwhile changes the next stamp
	if err == nil && at == f.seen && f.state.version != "" && f.state.trouble == "" {
		return
	}
	var text []byte
	if err == nil {
		text, err = f.write()
	}
	if err != nil {
		f.state.trouble = words.Line(err)
		return
	}
	sum := sha256.Sum256(text)
	f.seen, f.state = at, state{page: text, version: hex.EncodeToString(sum[:8])}
}

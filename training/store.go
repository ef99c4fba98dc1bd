package training

import (
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve/checked"
	"github.com/amoeba-nas/amoeba/evolve/durable"
)

// trialRecord is what a store keeps of a trial beside its weights.
type trialRecord struct {
	Seconds []float64 // of each epoch, zero for an inherited one
	Done    bool
	Val     float64 // errors at the end
	Test    float64
}

// store keeps checkpoints by trial. The error for a trial that it has not kept wraps fs.ErrNotExist.
type store interface {
	get(trial int) (checkpoint []byte, l trialRecord, err error)
	about(trial int) (trialRecord, error)
	put(trial int, checkpoint []byte, l trialRecord) error
}

// memory keeps checkpoints for as long as the process lives.
type memory struct {
	mu      sync.Mutex
	kept    map[int][]byte
	records map[int]trialRecord
}

func (m *memory) get(trial int) ([]byte, trialRecord, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	text, ok := m.kept[trial]
	if !ok {
		return nil, trialRecord{}, fs.ErrNotExist
	}
	return text, m.records[trial], nil
}

func (m *memory) about(trial int) (trialRecord, error) {
	_, l, err := m.get(trial)
	return l, err
}

func (m *memory) put(trial int, text []byte, l trialRecord) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil {
		m.kept, m.records = map[int][]byte{}, map[int]trialRecord{}
	}
	m.kept[trial], m.records[trial] = text, l
	return nil
}

// folder keeps checkpoints as files: NUMBER.ckpt has the weights, NUMBER.json the record.
type folder string

func (f folder) path(trial int, ext string) string {
	return filepath.Join(string(f), fmt.Sprintf("%06d%s", trial, ext))
}

func (f folder) get(trial int) ([]byte, trialRecord, error) {
	text, err := durable.ReadFile(f.path(trial, ".ckpt"), maxCheckpoint)
	if err != nil {
		return nil, trialRecord{}, err
	}
	l, err := f.about(trial)
	return text, l, err
}

func (f folder) about(trial int) (l trialRecord, err error) {
	path := f.path(trial, ".json")
	text, err := durable.ReadFile(path, checked.MaxLine)
	if err != nil {
		return l, err
	}
	if err := checked.ParseLine(text, &l); err != nil {
		return l, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}

// put writes the weights last: no weights are there without their record.
func (f folder) put(trial int, checkpoint []byte, l trialRecord) error {
	record := func(w io.Writer) error { return checked.Write(w, l) }
	if err := durable.WriteFile(f.path(trial, ".json"), record); err != nil {
		return err
	}
	return durable.WriteBytes(f.path(trial, ".ckpt"), checkpoint)
}

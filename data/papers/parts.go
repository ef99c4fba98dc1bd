package papers

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// partsFile holds the repetitions of a measurement that are done, a line each, until samplesFile takes their place.
const partsFile = "parts.jsonl"

// parts are the repetitions of a measurement that are done. The nil value keeps nothing.
type parts struct {
	mu   sync.Mutex
	done map[int][]float64
	file *os.File
}

// partsHead is the first line of partsFile: what was asked for.
type partsHead struct {
	Measurement string `json:"measurement"`
	Repeats     int    `json:"repeats"`
	Seed        uint64 `json:"seed"`
	Quick       bool   `json:"quick"`
}

// partLine is a repetition. Its values are texts, for JSON has no infinity and no NaN.
type partLine struct {
	Part   int      `json:"part"`
	Values []string `json:"values"`
}

// openParts reads what a file holds of the measurement that is asked for, and goes on with it. A line that a crash has
// torn is measured again.
func openParts(path string, head partsHead) (*parts, error) {
	p := &parts{done: map[int][]float64{}}
	whole, err := p.read(path, head)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		line, err := checked.Line(head)
		if err == nil {
			err = durable.WriteBytes(path, line)
		}
		if err != nil {
			return nil, err
		}
		whole = int64(len(line))
	case err != nil:
		return nil, err
	}
	if p.file, err = os.OpenFile(path, os.O_WRONLY, 0); err != nil {
		return nil, err
	}
	if err = p.file.Truncate(whole); err == nil {
		_, err = p.file.Seek(whole, io.SeekStart)
	}
	if err != nil {
		p.file.Close()
		return nil, err
	}
	return p, nil
}

// read reads the whole lines of a file, and gives how many bytes they take.
func (p *parts) read(path string, head partsHead) (whole int64, err error) {
	f, _, err := durable.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	damaged := func(err error) error {
		return fmt.Errorf("%s: %s; remove it, and it is measured again: %w", path, words.Line(err), evolve.ErrInvalid)
	}
	lines, was := checked.NewReader(f), partsHead{}
	if err := lines.Next(&was); err != nil {
		return 0, damaged(err)
	}
	if was != head {
		return 0, otherMeasurement(path, was.Measurement, was.Repeats, was.Seed)
	}
	for {
		var line partLine
		err := lines.Next(&line)
		if err == io.EOF {
			return lines.Whole(), nil
		}
		values := make([]float64, len(line.Values))
		for i := range values {
			if err == nil {
				values[i], err = strconv.ParseFloat(line.Values[i], 64)
			}
		}
		if err != nil {
			return 0, damaged(err)
		}
		p.done[line.Part] = values
	}
}

// get is what a repetition found, if it is done.
func (p *parts) get(part int) (values []float64, ok bool) {
	if p == nil {
		return nil, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	values, ok = p.done[part]
	return values, ok
}

// put keeps what a repetition found.
func (p *parts) put(part int, values []float64) error {
	if p == nil {
		return nil
	}
	line := partLine{Part: part, Values: make([]string, len(values))}
	for i, x := range values {
		line.Values[i] = strconv.FormatFloat(x, 'g', -1, 64)
	}
	text, err := checked.Line(line)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err = p.file.Write(text); err != nil {
		return fmt.Errorf("what a repetition found: %w", err)
	}
	return nil
}

// close ends the file; what it holds stays.
func (p *parts) close() error {
	if p == nil {
		return nil
	}
	return errors.Join(p.file.Sync(), p.file.Close())
}

package surrogate

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"sync"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// The models that `amoeba surrogate fit nb201` made: of the table's numbers only what
// boosted trees learnt of a part of them. docs/surrogate-nb201.md says how well.
//
//go:embed nb201.model
var nb201Model []byte

// What a model learns from: accuracy comes from the network that is computed; time is also
// spent on edges whose result is not used.
const (
	AccuracyEncoding = "structure"
	SecondsEncoding  = "onehot"
)

// fitted predicts every cell's column once, when it is first asked for.
type fitted struct {
	file *model.File
	hash string

	mu   sync.Mutex
	cols map[string]func() ([]float64, error)
}

var openFitted = sync.OnceValues(func() (cells, error) { return readFitted(nb201Model) })

func readFitted(text []byte) (cells, error) {
	f, err := model.Read(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("the embedded surrogate of nb201: %w", err)
	}
	sum := sha256.Sum256(text)
	return &fitted{file: f, hash: hex.EncodeToString(sum[:]), cols: map[string]func() ([]float64, error){}}, nil
}

func (f *fitted) column(set int, name string) ([]float64, error) {
	key := data.NB201Sets[set] + "_" + name
	f.mu.Lock()
	get := f.cols[key]
	if get == nil {
		get = sync.OnceValues(func() ([]float64, error) { return f.predict(key) })
		f.cols[key] = get
	}
	f.mu.Unlock()
	return get()
}

func (f *fitted) predict(key string) ([]float64, error) {
	m := f.file.Model(key)
	if m == nil {
		return nil, fmt.Errorf("nb201: the embedded surrogate has no model %s: %w", key, evolve.ErrUnknown)
	}
	in, err := model.Whole(space.NB201{}, m.Encoding)
	if err != nil {
		return nil, err
	}
	col, err := in.Predict(m.Trees, nil)
	if err != nil {
		return nil, err
	}
	if m.Unit == "%" {
		for i, v := range col {
			col[i] = min(max(v, 0), 100)
		}
	}
	return col, nil
}

func (f *fitted) about() evolve.About {
	return evolve.About{Kind: "surrogate", Hash: f.hash, Trained: f.file.Models[0].Rows,
		Source: "embedded surrogate: accuracies and seconds PREDICTED by boosted trees fitted on NAS-Bench-201, " +
			"not measured"}
}

func (f *fitted) origin(int, string) string { return "predicted" }

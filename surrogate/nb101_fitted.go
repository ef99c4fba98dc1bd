package surrogate

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// The models that `amoeba surrogate fit nb101` made. docs/surrogate-nb101.md says how well.
//
//go:embed nb101.model
var nb101Model []byte

// nb101Fitted predicts a cell when it is first asked for, and remembers: searches see few of
// the half million.
type nb101Fitted struct {
	hash     string
	top      float64
	noisy    *NB101Noise
	acc, sec memo
}

// memo remembers what a model predicts as the bits of float32, so coarse that it is the same on
// every processor; 0 is a cell that was not asked for.
type memo struct {
	model *model.Model
	from  func(float64) float64 // the target, of what the trees say
	known []atomic.Uint32
}

var openNB101Fitted = sync.OnceValues(func() (nb101Cells, error) { return readNB101Fitted(nb101Model) })

func readNB101Fitted(text []byte) (nb101Cells, error) {
	f, err := model.Read(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("the embedded surrogate of nb101: %w", err)
	}
	acc, sec := f.Model("test_108"), f.Model("seconds_108")
	if acc == nil || sec == nil || acc.Notes["link"] != model.LogError.Name {
		return nil, errNotFitted("no model of test_108, linked by " + model.LogError.Name + ", and of seconds_108")
	}
	n := &NB101Noise{}
	if err := json.Unmarshal([]byte(f.Notes["noise"]), n); err != nil {
		return nil, errNotFitted(err.Error())
	}
	if err := n.settle(); err != nil {
		return nil, fmt.Errorf("the embedded surrogate of nb101: %w", err)
	}
	top, err := strconv.ParseFloat(f.Notes["best_test_108"], 64)
	if err != nil {
		return nil, errNotFitted(err.Error())
	}
	sum := sha256.Sum256(text)
	return &nb101Fitted{hash: hex.EncodeToString(sum[:]), top: top, noisy: n,
		acc: memo{acc, func(z float64) float64 { return clip01(model.LogError.From(z) / 100) },
			make([]atomic.Uint32, space.NB101Size)},
		sec: memo{sec, func(s float64) float64 { return max(s, 1) }, make([]atomic.Uint32, space.NB101Size)}}, nil
}

var nb101Asker = model.NewAsker(space.NB101{})

func (m *memo) at(i int) float64 {
	if bits := m.known[i].Load(); bits != 0 {
		return float64(math.Float32frombits(bits))
	}
	row := nb101Asker.Row(space.NB101{}.At(i))
	y, err := row.Predict(m.model)
	if err != nil {
		panic(err) // every cell has the encoding, by a test
	}
	row.Done()
	// Two that come at once store the same.
	x := float32(m.from(y))
	m.known[i].Store(math.Float32bits(x))
	return float64(x)
}

func (f *nb101Fitted) test(i int) float64          { return f.acc.at(i) }
func (f *nb101Fitted) seconds(i int) float64       { return f.sec.at(i) }
func (f *nb101Fitted) best() float64               { return f.top }
func (f *nb101Fitted) Noise() (*NB101Noise, error) { return f.noisy, nil }

func (f *nb101Fitted) about() evolve.About {
	return evolve.About{Kind: "surrogate", Hash: f.hash, Trained: f.acc.model.Rows,
		Source: "embedded surrogate: accuracies and seconds PREDICTED by boosted trees fitted on NAS-Bench-101, " +
			"not measured"}
}

func (f *nb101Fitted) facts(shown, i int) []evolve.Fact {
	return []evolve.Fact{factOf("test_108", 100*f.test(shown), "%", "predicted"),
		factOf("seconds_108", f.seconds(i), "s", "predicted")}
}

// NB101Joined is what the models see: what the network computes and how it is wired.
const NB101Joined = AccuracyEncoding + "+canonical"

// errNotFitted is of a model file that is not nb101's.
func errNotFitted(what string) error {
	return fmt.Errorf("the embedded surrogate of nb101: %s: %w", what, evolve.ErrInvalid)
}

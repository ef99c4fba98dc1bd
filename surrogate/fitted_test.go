package surrogate

import (
	"bytes"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// anyFit is a model file of 300 cells of nb201.
var anyFit = sync.OnceValues(func() ([]byte, error) {
	const rows = 300
	file := model.File{Notes: map[string]string{NoteSpace: "nb201", NoteMetric: "accuracy", NoteEpochs: "1", NoteTitle: "own.csv", NoteSource: "fitted", NoteLeast: "30", NoteBestVal: "0.4", NoteBestTest: "0.4"}}
	for _, m := range []struct{ name, unit, encoding, op string }{{"val", "%", AccuracyEncoding, "3"}, {"cost", "s", SecondsEncoding, "2"}} {
		in, err := model.Encode(space.NB201{}, m.encoding, rows, space.NB201{}.At)
		if err != nil {
			return nil, err
		}
		y := make([]float64, rows)
		for i := range y {
			y[i] = 30 + float64(strings.Count(string(space.NB201{}.At(i)), m.op))
		}
		trees, err := model.Fit(in.Columns(nil), y, model.Defaults())
		if err != nil {
			return nil, err
		}
		file.Models = append(file.Models, model.Model{Name: m.name, Unit: m.unit, Encoding: m.encoding, Params: model.Defaults(), Rows: rows, Trees: trees})
	}
	return file.MarshalBinary()
})

func someFit(t testing.TB) []byte {
	t.Helper()
	text, err := anyFit()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// changed is that file with other notes or models.
func changed(t *testing.T, change func(*model.File)) []byte {
	t.Helper()
	f, err := model.Read(bytes.NewReader(someFit(t)))
	if err != nil {
		t.Fatal(err)
	}
	change(f)
	text, err := f.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A file that was cut anywhere or has a wrong bit anywhere makes no benchmark.
func TestPredictedRefusesDamage(t *testing.T) {
	text := someFit(t)
	bad := func(what string, at int, b []byte) {
		t.Helper()
		if _, err := readPredicted(b); err == nil || strings.Contains(err.Error(), "\n") {
			t.Fatalf("%s at %d of %d bytes: %v", what, at, len(text), err)
		}
	}
	step := len(text)/300 + 1
	for at := 0; at < len(text); at += step {
		bad("cut", at, text[:at])
		b := bytes.Clone(text)
		b[at] ^= 1 << (at % 8)
		bad("a wrong bit", at, b)
	}
	bad("cut", len(text)-1, text[:len(text)-1])
	bad("longer", len(text), append(bytes.Clone(text), 0))

	path := filepath.Join(t.TempDir(), "own.model")
	if err := os.WriteFile(path, text[:len(text)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := tryOpen("fitted:" + path)
	oneLine(t, err, nil, path)
}

func TestPredictedRefusesOtherModels(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*model.File)
		is     error
		parts  []string
	}{
		"another space":    {func(f *model.File) { f.Notes[NoteSpace] = "macro" }, evolve.ErrInvalid, []string{"wants", "features", "macro has"}},
		"as wide a space":  {func(f *model.File) { f.Notes[NoteSpace] = "bits" }, evolve.ErrInvalid, []string{"bits"}},
		"no space":         {func(f *model.File) { delete(f.Notes, NoteSpace) }, evolve.ErrInvalid, []string{"a name is missing"}},
		"unknown space":    {func(f *model.File) { f.Notes[NoteSpace] = "nb202" }, evolve.ErrUnknown, []string{`did you mean "nb201"?`}},
		"no epochs":        {func(f *model.File) { delete(f.Notes, NoteEpochs) }, evolve.ErrInvalid, []string{"epochs"}},
		"epochs below 1":   {func(f *model.File) { f.Notes[NoteEpochs] = "0" }, evolve.ErrInvalid, []string{"0 epochs"}},
		"no least cost":    {func(f *model.File) { delete(f.Notes, NoteLeast) }, evolve.ErrInvalid, []string{"a model cost and no note least_cost"}},
		"free":             {func(f *model.File) { f.Notes[NoteLeast] = "0" }, evolve.ErrInvalid, []string{"least_cost"}},
		"no val":           {func(f *model.File) { f.Models = f.Models[1:] }, evolve.ErrInvalid, []string{"no model val"}},
		"unknown encoding": {func(f *model.File) { f.Models[0].Encoding = "onehat" }, evolve.ErrInvalid, []string{"onehat"}},
		"another encoding": {func(f *model.File) { f.Models[1].Encoding = AccuracyEncoding }, evolve.ErrInvalid, []string{"cost wants"}},
		"encoding swapped": {func(f *model.File) { f.Models[0].Encoding = SecondsEncoding }, evolve.ErrInvalid, []string{"val wants"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readPredicted(changed(t, c.change))
			oneLine(t, err, c.is, c.parts...)
		})
	}
	// What the project embeds for its own tables is no benchmark of a user's.
	for _, text := range [][]byte{nb201Model, nb101Model} {
		_, err := readPredicted(text)
		oneLine(t, err, evolve.ErrInvalid, "no model val")
	}
}

func TestPredictedFiles(t *testing.T) {
	dir := t.TempDir()
	_, err := tryOpen("fitted:" + filepath.Join(dir, "absent"))
	oneLine(t, err, fs.ErrNotExist, "absent")
	_, err = tryOpen("fitted:" + dir)
	oneLine(t, err, evolve.ErrInvalid, dir, "is a folder, not a file")
	_, err = tryOpen("fitted")
	oneLine(t, err, evolve.ErrInvalid, "want fitted:FILE")
	large := filepath.Join(dir, "large")
	f, err := os.Create(large)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(1<<26 + 1); err != nil {
		t.Fatal(err)
	}
	_, err = tryOpen("fitted:" + large)
	oneLine(t, err, evolve.ErrInvalid, large, "67108865 bytes, want a file of at most 67108864")
	_, err = tryOpen("fitted:" + userFile(t, "arch,val\n"))
	oneLine(t, err, nil, "own.csv")
}

// What nobody noted is not known, and what has no name is called by its file.
func TestPredictedNotes(t *testing.T) {
	b, err := readPredicted(changed(t, func(f *model.File) { delete(f.Notes, NoteBestVal); delete(f.Notes, NoteTitle) }))
	if err != nil || !math.IsNaN(b.About().BestVal) || !math.IsNaN(b.About().BestTest) {
		t.Errorf("%+v, %v", b.About(), err)
	}
	path := filepath.Join(t.TempDir(), "mine.model")
	if err := os.WriteFile(path, changed(t, func(f *model.File) { delete(f.Notes, NoteTitle) }), 0o644); err != nil {
		t.Fatal(err)
	}
	opened, err := tryOpen("fitted:" + path)
	if err != nil || opened.About().Title != "mine.model" {
		t.Errorf("%+v, %v", opened, err)
	}
	for text, want := range map[string]float64{"0.25": .25, "-1e3": -1000} {
		if x := known(text); x != want {
			t.Errorf("%q is %g", text, x)
		}
	}
	for _, text := range []string{"", "x"} {
		if x := known(text); !math.IsNaN(x) {
			t.Errorf("%q is %g", text, x)
		}
	}
}

// Trees may promise more than there is: an accuracy is at most 100 %, a query costs at least
// what a query costs; a loss is what it is.
func TestPredictedClips(t *testing.T) {
	in, err := model.Whole(space.NB201{}, SecondsEncoding)
	if err != nil {
		t.Fatal(err)
	}
	x := in.Columns(nil)
	p := model.Additive(.001)
	p.Rounds = 1
	constant := func(value float64, unit string) *model.Model {
		y := make([]float64, len(x[0]))
		for i := range y {
			y[i] = value
		}
		trees, err := model.Fit(x, y, p)
		if err != nil {
			t.Fatal(err)
		}
		return &model.Model{Unit: unit, Encoding: SecondsEncoding, Trees: trees}
	}
	for _, c := range []struct {
		value, cost   float64
		unit          string
		loss, charged float64
	}{{105, -3, "%", 0, 1}, {-5, .5, "%", 1, 1}, {50, 7, "%", .5, 7}, {105, 2, "", 105, 2}, {-5, 2, "", -5, 2}} {
		b := &predicted{space: space.NB201{}, asker: model.NewAsker(space.NB201{}), val: constant(c.value, c.unit), cost: constant(c.cost, "s"), least: 1}
		if r := asks(t, b, of("301210")); r.Loss != c.loss || r.Cost != c.charged {
			t.Errorf("%g %s at %g s is %+v", c.value, c.unit, c.cost, r)
		}
	}
}

func TestPredictedProblem(t *testing.T) {
	b, err := readPredicted(someFit(t))
	if err != nil {
		t.Fatal(err)
	}
	p := b.Problem()
	if len(p.Objectives) != 1 || len(p.Fidelities) != 1 || p.Fidelities[0] != (evolve.Fidelity{Epochs: 1}) || p.Space.Name() != "nb201" || len(p.Proxies) != 0 {
		t.Errorf("%+v", p)
	}
	vals, _ := simulate(t, b, "regevo,population=20,sample=5", 300, 2)
	if len(vals) != 2 {
		t.Error(vals)
	}
}

package training

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/net"
)

func saved(t testing.TB, r *Run) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.ckpt")
	if err := r.Save(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// resumed goes through a file.
func resumed(t testing.TB, dev device.Device[float32], text []byte) *Run {
	t.Helper()
	path := filepath.Join(t.TempDir(), "b.ckpt")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if c.Path != path {
		t.Errorf("path %s, want %s", c.Path, path)
	}
	r, err := Resume(c, digits(t), dev)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// goesOnExactly trains four epochs on a device, then two, and two more of a checkpoint, and compares all bytes.
func goesOnExactly(t *testing.T, dev device.Device[float32], j Job) {
	t.Helper()
	j.Recipe.Epochs = 4
	straight, stopped := on(t, dev, j), on(t, dev, j)
	next(t, straight, 4)
	next(t, stopped, 2)
	half := saved(t, stopped)
	again := resumed(t, dev, half)
	if !bytes.Equal(saved(t, again), half) {
		t.Fatal("what was read is written otherwise")
	}
	if again.Done() != 2 {
		t.Fatalf("%d epochs done", again.Done())
	}
	next(t, again, 2)
	if a, b := saved(t, straight), saved(t, again); !bytes.Equal(a, b) || bytes.Equal(a, half) {
		t.Errorf("straight %+v, stopped %+v", measured(straight), measured(again))
	}
	c, err := parse("whole", saved(t, again))
	if err != nil {
		t.Fatal(err)
	}
	if want := device.Elsewhere(dev); c.Kernels != dev.Name() || c.Device != want {
		t.Errorf("a checkpoint of kernels %q and device %q, want %q and %q", c.Kernels, c.Device, dev.Name(), want)
	}
}

func TestResumeIsExact(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for long")
	}
	for name, edit := range map[string]func(*Job){
		"sgd":      nil,
		"adam":     func(j *Job) { j.Recipe.Solver, j.Recipe.LR = "adam", 0.01 },
		"adamw":    func(j *Job) { j.Recipe.Solver, j.Recipe.LR, j.Recipe.Warmup = "adamw", 0.01, 3 },
		"average":  func(j *Job) { j.Recipe.Average, j.Recipe.Accumulate, j.Recipe.Batch = 0.9, 2, 32 },
		"images":   func(j *Job) { j.Recipe.Augment, j.Recipe.Shuffled = images.Augment{Pad: 1, Cutout: 3}, true },
		"nb101":    func(j *Job) { j.Space, j.Arch = "nb101", "0f004b-00000" },
		"tf":       func(j *Job) { chained(j); j.Net.Skeleton = net.SkeletonTF },
		"the rest": func(j *Job) { chained(j); j.Recipe.Average, j.Recipe.Smoothing = 0.99, 0.1 },
	} {
		t.Run(name, func(t *testing.T) {
			goesOnExactly(t, device.CPU[float32](), digitsJob("nb201", "231430", 4, edit))
		})
	}
}

// The numbers of a file are those of the run, by name.
func TestCheckpointHolds(t *testing.T) {
	r := trained(t, digitsJob("nb201", "300000", 1, func(j *Job) { j.Recipe.Solver, j.Recipe.LR, j.Recipe.Average = "adam", 0.01, 0.5 }))
	c, err := parse("x", saved(t, r))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	first, second, average := r.model.Parts(r.solver.update.M), r.model.Parts(r.solver.update.V), r.model.Parts(r.average)
	for i, tensor := range c.Tensors {
		kind, name, _ := strings.Cut(tensor.Name, " ")
		kinds[kind]++
		for w, weight := range r.model.Weights {
			of := map[string][]float32{"weight": weight.Data, "moment1": first[w], "moment2": second[w], "average": average[w]}[kind]
			if name == weight.Name && !slices.Equal(of, c.data[i]) {
				t.Errorf("%s differs", tensor.Name)
			}
		}
	}
	n := len(r.model.Weights)
	if kinds["weight"] != n || kinds["moment1"] != n || kinds["moment2"] != n || kinds["average"] != n || kinds["statistics"] == 0 || len(kinds) != 5 {
		t.Errorf("kinds of tensors: %v, %d weights", kinds, n)
	}
	if c.Seed != 1 || c.Space != "nb201" || c.Arch != "300000" || c.Engine != Version || c.Steps != 16 || c.History[0].Seconds != 0 || c.History[0].TrainLoss != r.History[0].TrainLoss {
		t.Errorf("header %+v", c.Meta)
	}
}

// seal puts the checksum behind a file's beginning.
func seal(text []byte) []byte {
	sum := sha256.Sum256(text)
	return append(slices.Clip(text), sum[:]...)
}

// craft changes the header of a file, which stays whole.
func craft(t testing.TB, text []byte, edit func(*Meta)) []byte {
	t.Helper()
	n := int(binary.LittleEndian.Uint32(text[8:]))
	var m Meta
	if err := json.Unmarshal(text[checkpointHead:checkpointHead+n], &m); err != nil {
		t.Fatal(err)
	}
	edit(&m)
	head, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	out := binary.LittleEndian.AppendUint32([]byte(checkpointMagic), uint32(len(head)))
	return seal(append(append(out, head...), text[checkpointHead+n:len(text)-sha256.Size]...))
}

// refused says that a file is, by an error that names it and the cause.
func refused(t *testing.T, what string, err error, causes ...string) {
	t.Helper()
	if !errors.Is(err, evolve.ErrInvalid) || !strings.HasPrefix(err.Error(), "some/file.ckpt: ") || strings.Contains(err.Error(), "\n") ||
		!slices.ContainsFunc(causes, func(c string) bool { return strings.Contains(err.Error(), c) }) {
		t.Errorf("%s: %v, want the path and one of %q", what, err, causes)
	}
}

// small is a checkpoint of one epoch.
func small(t testing.TB) []byte {
	return saved(t, trained(t, digitsJob("nb201", "100000", 1, func(j *Job) { j.Net.F = 1 })))
}

func TestDamagedCheckpoint(t *testing.T) {
	text := small(t)
	read := func(text []byte) error {
		c, err := parse("some/file.ckpt", text)
		if (c == nil) == (err == nil) {
			t.Fatalf("%v and %v", c, err)
		}
		return err
	}
	if err := read(text); err != nil {
		t.Fatal(err)
	}
	for n := range text {
		if n < checkpointHead {
			refused(t, "cut", read(text[:n]), "no checkpoint of amoeba")
		} else {
			refused(t, "cut", read(text[:n]), "truncated")
		}
	}
	refused(t, "longer", read(append(slices.Clone(text), 0)), "altered")
	header := checkpointHead + int(binary.LittleEndian.Uint32(text[8:]))
	for i := range text {
		bad := slices.Clone(text)
		bad[i] ^= 1 << (i % 8)
		switch {
		case i < 7:
			refused(t, "magic", read(bad), "no checkpoint of amoeba")
		case i == 7:
			refused(t, "version", read(bad), "this build reads 1")
		case i < checkpointHead:
			refused(t, "length of the header", read(bad), "truncated", "altered")
		case i < header:
			refused(t, "header", read(bad), "altered", "truncated")
		default:
			refused(t, "numbers", read(bad), "the checksum differs: the file is altered")
		}
	}
	later := seal(append([]byte("amoebaW\x02"), text[8:len(text)-sha256.Size]...))
	refused(t, "format 2", read(later), "format 2, this build reads 1")
	refused(t, "tensor of more", read(craft(t, text, func(m *Meta) { m.Tensors[0].N = math.MaxInt })), "alone has 9223372036854775807")
	refused(t, "tensor of less than none", read(craft(t, text, func(m *Meta) { m.Tensors[0].N = -1 })), "alone has -1")
	refused(t, "one more", read(craft(t, text, func(m *Meta) { m.Tensors = append(m.Tensors, Tensor{"weight x", 1}) })), "the header says")
	if _, err := Load(filepath.Join(t.TempDir(), "none.ckpt")); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "none.ckpt") {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestRefusedCheckpoint(t *testing.T) {
	text, d := small(t), digits(t)
	other := *d
	set := *d.Set
	set.Name, set.Hash = "others", strings.Repeat("0", 64)
	other.Set = &set
	wide := other
	wider := set
	wider.Classes, wider.Hash = 11, d.Set.Hash
	wide.Set = &wider
	resume := func(d *Data, edit func(*Meta)) error {
		c, err := parse("some/file.ckpt", craft(t, text, edit))
		if err != nil {
			t.Fatal(err)
		}
		r, err := Resume(c, d, device.CPU[float32]())
		if err == nil {
			r.Close()
		}
		return err
	}
	as := func(*Meta) {}
	if err := resume(d, as); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		data *Data
		edit func(*Meta)
		says string
	}{
		{d, func(m *Meta) { m.Engine = Version + 1 }, "was trained with engine 2, this is 1"},
		{d, func(m *Meta) { m.Kernels = "abacus" }, "was trained with kernels abacus, this is "},
		{&other, as, "was trained with data set " + d.Set.Hash + ", this is 000000"},
		{&wide, as, "10 classes of 1x8x8 images, others has 11 of 1x8x8"},
		{d, func(m *Meta) { m.Arch = "300000" }, "the network of nb201 300000 has"},
		{d, func(m *Meta) { m.Net.F = 2 }, "the network of nb201 100000 has"},
		{d, func(m *Meta) { m.Tensors[1].Name = "moment1 x" }, "tensor 1 is {moment1 x "},
		{d, func(m *Meta) { m.Recipe.Solver = "adam" }, "tensors, the network of nb201 100000 has"},
		{d, func(m *Meta) { m.Recipe.Average = 0.5 }, "tensors, the network of nb201 100000 has"},
		{d, func(m *Meta) { m.Recipe.LR = -1 }, "learning rate -1"},
		{d, func(m *Meta) { m.Arch = "xyz" }, "6 digits"},
		// What the header says of a network is not believed before its tensors are compared.
		{d, func(m *Meta) { m.Net.F = 1 << 14 }, "the network of nb201 100000 has"},
	} {
		refused(t, c.says, resume(c.data, c.edit), c.says)
	}
	// Another set of images of the same shape may be evaluated.
	c, err := parse("x", text)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Open(&other, device.CPU[float32]())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	whole := trained(t, r.Job)
	a, err1 := r.Test(context.Background())
	b, err2 := whole.Test(context.Background())
	if err1 != nil || err2 != nil || a.Loss != b.Loss {
		t.Errorf("test loss %g, %v, as it was trained %g, %v", a.Loss, err1, b.Loss, err2)
	}
}

// FuzzCheckpoint: no bytes make it panic, sealed or not, and it holds no more numbers than the
// file has room for.
func FuzzCheckpoint(f *testing.F) {
	text := small(f)
	f.Add(text)
	f.Add(text[:len(text)-sha256.Size])
	f.Add(text[:100])
	f.Add([]byte(checkpointMagic + "\x02\x00\x00\x00{}"))
	f.Add([]byte(checkpointMagic + "\xff\xff\xff\xff{}"))
	f.Add([]byte(checkpointMagic + "\x22\x00\x00\x00" + `{"tensors":[{"n":1},{"n":-1},null]}` + "\x00\x00\x80\x3f"))
	f.Add([]byte(checkpointMagic + "\x19\x00\x00\x00" + `{"tensors":[{"n":1e99}]} ` + "\x00\x00\x80\x3f"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, text := range [][]byte{text, seal(text)} {
			c, err := parse("file", text)
			if err != nil {
				if c != nil || !errors.Is(err, evolve.ErrInvalid) || !strings.HasPrefix(err.Error(), "file: ") {
					t.Fatalf("%v, %v", c, err)
				}
				continue
			}
			n := 0
			for i, v := range c.data {
				if n += len(v); len(v) != c.Tensors[i].N {
					t.Fatalf("%v has %d numbers", c.Tensors[i], len(v))
				}
			}
			if head := int(binary.LittleEndian.Uint32(text[8:])); checkpointHead+head+4*n+sha256.Size != len(text) {
				t.Fatalf("%d numbers and a header of %d in %d bytes", n, head, len(text))
			}
		}
	})
}

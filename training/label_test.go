package training

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/verify"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/kernel"
	"github.com/amoeba-nas/amoeba/training/net"
)

// card is the processor under another name.
type card struct{ device.Device[float32] }

const cardName = "card 1, driver 7"

func (card) Name() string { return cardName }

// What one device trained says so, and another one goes on with none of it: neither with the folder of seeds nor, where
// its manifest is gone, with a checkpoint. Its weights are tested anywhere. Files of the processor name no device.
func TestDevicesDoNotMix(t *testing.T) {
	data, err := OpenData("digits")
	if err != nil {
		t.Fatal(err)
	}
	r := DefaultRecipe()
	r.Epochs, r.Batch, r.Images = 1, 64, 64
	cpu := device.CPU[float32]()
	for _, c := range []struct {
		on, other device.Device[float32]
		device    string // as files keep it
		refused   string
	}{
		{cpu, card{cpu}, "", "was begun with device cpu, this job has " + cardName},
		{card{cpu}, cpu, cardName, "was begun with device " + cardName + ", this job has cpu"},
	} {
		dir := t.TempDir()
		s := &Seeds{Dir: dir, Count: 1, Procs: 1, Job: Job{Space: "nb201", Arch: "301003", Data: "digits", Recipe: r,
			Net: net.Config{N: 1, F: 2}, Seed: 1}}
		tested, err := s.Run(t.Context(), data, c.on)
		if err != nil {
			t.Fatal(err)
		}
		last := filepath.Join(dir, "seed-1", LastName)
		ckpt, err := Load(last)
		if err != nil || ckpt.Device != c.device || ckpt.Kernels != cmp.Or(c.device, kernel.Name()) {
			t.Errorf("on %q: %+v, %v", c.device, ckpt, err)
		}
		job := filepath.Join(dir, jobName)
		for _, path := range []string{last, job} {
			text, err := os.ReadFile(path)
			if has := strings.Contains(string(text), `"device"`); err != nil || has != (c.device != "") {
				t.Errorf("on %q: %s has a device: %t, %v", c.device, path, has, err)
			}
		}
		s.Job.Net.Input, s.Job.Net.Classes = data.Shape(), data.Set.Classes
		result, err := s.Result("|x|", data, c.on, tested)
		if err != nil || result.Device != evolve.DeviceText(c.device) {
			t.Errorf("on %q: %+v, %v", c.device, result, err)
		}
		e, err := ckpt.Examine(t.Context(), "digits", c.other)
		if err != nil || e.Trainer != evolve.DeviceText(c.device) || e.Device != evolve.DeviceText(device.Elsewhere(c.other)) {
			t.Errorf("on %q: examined %+v, %v", c.device, e, err)
		}
		if v, err := Verify(dir); err != nil || v.Count(verify.Damaged) > 0 || v.Files[0].Path != jobName ||
			strings.Contains(v.Files[0].Note, cardName) != (c.device != "") {
			t.Errorf("on %q: verified %+v, %v", c.device, v, err)
		}
		refused := func(says string) {
			t.Helper()
			if _, err := s.Run(t.Context(), data, c.other); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), says) {
				t.Errorf("on %q: %v, want %q", c.device, err, says)
			}
		}
		refused(job + ": " + c.refused)
		if err := os.Remove(job); err != nil {
			t.Fatal(err)
		}
		refused(last + ": was trained with kernels " + c.on.Name() + ", this is " + c.other.Name())
	}
}

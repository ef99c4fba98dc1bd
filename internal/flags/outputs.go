package flags

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/lab"
)

// WritesTo annotates the flags that name what a command writes.
const WritesTo = "amoeba writes to"

// Outputs are the flags of a command that name what it writes. Before it runs, they are compared with all
// that it reads, with each other and with what stands there, so that it writes over nothing that is not its own.
type Outputs struct{ all []target }

// target is one of them: a file of a kind, or a folder of files.
type target struct {
	flag  *pflag.Flag
	kind  func(path string) durable.Kind // nil for a folder; a kind without a name is not known yet
	files durable.Files
}

// Writes has a command check its outputs.
func Writes(c *cobra.Command) *Outputs {
	o := new(Outputs)
	c.PreRunE = func(c *cobra.Command, args []string) error { return o.check(c, args) }
	return o
}

// File adds a flag that names a file. kind is that of what stands under a name; one without a name is not known yet.
func (o *Outputs) File(c *cobra.Command, to *string, name, usage string, kind func(path string) durable.Kind) {
	c.Flags().StringVar(to, name, "", usage)
	o.add(c, target{flag: c.Flag(name), kind: kind})
}

// Folder adds a flag that names a folder in which these files are written.
func (o *Outputs) Folder(c *cobra.Command, to *string, name, usage string, files durable.Files) {
	c.Flags().StringVar(to, name, "", usage)
	o.add(c, target{flag: c.Flag(name), files: files})
}

func (o *Outputs) add(c *cobra.Command, t target) {
	if err := c.Flags().SetAnnotation(t.flag.Name, WritesTo, []string{"yes"}); err != nil {
		panic(err) // the flag was added just now
	}
	o.all = append(o.all, t)
}

// check refuses outputs that are inputs, that are each other, or where something else stands.
func (o *Outputs) check(c *cobra.Command, args []string) error {
	in := inputs(c, args)
	for i, t := range o.all {
		path := t.flag.Value.String()
		if path == "" {
			continue
		}
		if err := t.apart(path, in); err != nil {
			return err
		}
		for _, before := range o.all[:i] {
			if other := before.flag.Value.String(); other != "" && durable.Same(other, path) {
				return fmt.Errorf("--%s and --%s are both %s: want two files: %w", before.flag.Name, t.flag.Name,
					path, evolve.ErrInvalid)
			}
		}
		if err := t.vacant(path); err != nil {
			return err
		}
	}
	return nil
}

// apart refuses a target that is one of the inputs, or a folder that has one under a name that is written.
func (t target) apart(path string, in []string) error {
	refuse := func(path string) error {
		return fmt.Errorf("--%s %s: is what this command reads: want another name: %w", t.flag.Name, path,
			evolve.ErrInvalid)
	}
	for _, read := range in {
		info, err := os.Stat(read)
		if err != nil || !info.IsDir() && !info.Mode().IsRegular() {
			continue // whoever reads it says what is wrong
		}
		if info.IsDir() && t.kind != nil {
			continue // what lies in a folder is told from what is written by its kind
		}
		if durable.Same(read, path) {
			return refuse(path)
		}
		if err := Untouched(path, t.files, read); err != nil {
			return err
		}
	}
	return nil
}

// Untouched refuses a folder in which one of the files that are written is a file that is read. An
// experiment's own text is not: whoever runs it there does not change it.
func Untouched(dir string, files durable.Files, reads ...string) error {
	for _, at := range files.Paths(dir) {
		for _, read := range reads {
			if filepath.Base(at) != lab.SpecFile && durable.Same(at, read) {
				return fmt.Errorf("%s: is what this command reads, and would be written: want another folder: %w",
					at, evolve.ErrInvalid)
			}
		}
	}
	return nil
}

// vacant refuses a path at which there is what this command did not write.
func (t target) vacant(path string) error {
	if t.kind == nil {
		return t.files.Check(path)
	}
	if k := t.kind(path); k.Name != "" {
		return k.Check(path)
	}
	return nil
}

// inputs are the files and folders that the arguments and flags of a command name and that it reads. What a
// benchmark's spec names is known only when it is opened; see SpecValues.
func inputs(c *cobra.Command, args []string) (in []string) {
	if namesFiles.MatchString(c.Use) {
		in = args
	}
	c.Flags().Visit(func(f *pflag.Flag) {
		if what, _ := pflag.UnquoteUsage(f); f.Annotations[WritesTo] == nil && (what == "file" || what == "folder") {
			in = append(in, f.Value.String())
		}
	})
	return in
}

// namesFiles matches the Use of commands whose arguments are files or folders.
var namesFiles = regexp.MustCompile(`\b(DIR|FILE|CHECKPOINT)\b`)

// SpecValues are the texts within a benchmark's spec that may be names of files.
func SpecValues(text string) (values []string) {
	s, err := evolve.ParseSpec(text)
	if err != nil {
		return nil
	}
	values = append(values, s.Variant)
	for _, kv := range s.Set {
		values = append(values, kv.Value)
	}
	return values
}

// Joined are the files of all.
func Joined(all ...durable.Files) durable.Files {
	files := durable.Files{}
	for _, f := range all {
		maps.Copy(files, f)
	}
	return files
}

// Always is the kind of a target that has but one.
func Always(k durable.Kind) func(string) durable.Kind {
	return func(string) durable.Kind { return k }
}

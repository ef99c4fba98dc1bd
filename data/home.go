package data

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/amoeba-nas/amoeba/evolve/durable"
)

// Imported is the kind of files that imports write into [Home], of tables or of image sets.
func Imported(what, magic string) durable.Kind {
	k := durable.Begins(what+" that amoeba imported", magic)
	k.Want = "remove it, or set AMOEBA_DATA to another folder"
	return k
}

// Home is the folder of imported tables: $AMOEBA_DATA, else $XDG_DATA_HOME/amoeba, else
// ~/.local/share/amoeba. It need not exist.
func Home() (string, error) {
	if dir := os.Getenv("AMOEBA_DATA"); dir != "" {
		return dir, nil
	}
	// The XDG specification has relative paths ignored.
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "amoeba"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no folder for imported tables: set AMOEBA_DATA: %w", err)
	}
	return filepath.Join(home, ".local", "share", "amoeba"), nil
}

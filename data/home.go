package data

import (
	"fmt"
	"os"
	"path/filepath"
)

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

//go:build unix

package main

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// An import that is interrupted leaves nothing. The file is a pipe, which says when it is read.
func TestImportStops(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "slow.tfrecord")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("no pipes here:", err)
	}
	cmd := amoeba(t, dir, "data", "import", "nb101", "--from", pipe)
	var errw bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Discard, &errw
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // the code says it
		// Frees the opening below, should nobody have read.
		if r, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0); err == nil {
			r.Close()
		}
		close(ended)
	}()
	w, err := os.OpenFile(pipe, os.O_WRONLY, 0) // waits for a reader
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	// A record of 60,000 bytes: its length and the masked CRC-32C of that, as TFRecord has them.
	head := binary.LittleEndian.AppendUint64(nil, 60_000)
	sum := crc32.Checksum(head, crc32.MakeTable(crc32.Castagnoli))
	if _, err := w.Write(binary.LittleEndian.AppendUint32(head, (sum>>15|sum<<17)+0xa282ead8)); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	// The record comes byte by byte until nobody reads it any more.
	for n := 0; n < 60_000; n++ {
		if _, err := w.Write([]byte{' '}); err != nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	<-ended
	if code := cmd.ProcessState.ExitCode(); code != exitStopped || errw.String() != "amoeba: stopped\n" {
		t.Errorf("exit %d, %s", code, errw.String())
	}
	if _, err := os.Stat(filepath.Join(dir, "none")); err == nil {
		t.Error("the folder of tables was made")
	}
}

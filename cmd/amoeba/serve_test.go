package main

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The server tells its address, shows the page, leaves the folder as it is, and ends with a signal, which is no error.
func TestServe(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the program")
	}
	dir := t.TempDir()
	args := []string{"compare", "--benchmark", "bits,length=12", "--algo", "random", "--seeds", "2", "--trials", "30",
		"--out", "e <b>", "--quiet"}
	if text, err := amoeba(t, dir, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	cmd, url, errs := serves(t, dir, "e <b>")
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != 200 {
		t.Fatalf("%s: %v", answer.Status, err)
	}
	if page := string(text); !strings.HasPrefix(page, "<!doctype html>") || !strings.Contains(page, "e &lt;b&gt;") ||
		strings.Contains(page, "e <b>") {
		t.Errorf("the folder's name is not escaped in %.300s", page)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || errs.Len() > 0 {
		t.Errorf("ended with %v: %s", err, errs.String())
	}
}

// serves starts the server of a folder, which ends with the test.
func serves(t *testing.T, dir, folder string) (cmd *exec.Cmd, url string, errs *bytes.Buffer) {
	t.Helper()
	cmd, errs = amoeba(t, dir, "serve", folder, "--addr", "127.0.0.1:0"), new(bytes.Buffer)
	cmd.Stderr = errs
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(pipe).ReadString('\n')
	told := regexp.MustCompile(`\A(http://127\.0\.0\.1:\d+/) shows (.*) until Ctrl-C\n\z`).FindStringSubmatch(line)
	if err != nil || told == nil || told[2] != folder {
		t.Fatalf("told %q, %v: %s", line, err, errs.String())
	}
	return cmd, told[1], errs
}

// While networks are trained, the stream tells of new pages, and each shows the trials that ended last.
func TestServeWhileItTrains(t *testing.T) {
	if testing.Short() {
		t.Skip("trains networks")
	}
	dir := t.TempDir()
	trains := amoeba(t, dir, "compare", "--benchmark", "train:digits,epochs=1,F=2", "--algo", "random", "--seeds", "1",
		"--trials", "100000", "--procs", "1", "--quiet", "--out", "e")
	if err := trains.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = trains.Process.Kill(); _ = trains.Wait() }()
	begun := filepath.Join(dir, "e", "manifest.json")
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(begun); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the experiment does not begin")
		}
	}
	_, url, errs := serves(t, dir, "e")
	stream, err := http.Get(url + "events")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	newest := regexp.MustCompile(`<h3 id="e1-newest">Newest trials</h3>(?s:.*?)<dd>trial (\d+) of run 0</dd>`)
	last := 0
	for lines := bufio.NewScanner(stream.Body); last < 3 && lines.Scan(); {
		if lines.Text() != "event: page" {
			continue
		}
		answer, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if found := newest.FindSubmatch(text); found != nil {
			trial, _ := strconv.Atoi(string(found[1]))
			if trial < last {
				t.Errorf("trial %d is shown as the newest after trial %d", trial, last)
			}
			last = trial
		}
	}
	if last < 3 {
		t.Errorf("the stream ended with trial %d: %s", last, errs.String())
	}
}

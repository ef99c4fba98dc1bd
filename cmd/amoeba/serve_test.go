package main

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// The server tells its address, shows the page, leaves the folder as it is, and ends with a signal, which is no error.
func TestServe(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the program")
	}
	dir := t.TempDir()
	args := []string{"compare", "--benchmark", "bits,length=12", "--algo", "random", "--seeds", "2", "--trials", "30", "--out", "e <b>", "--quiet"}
	if text, err := amoeba(t, dir, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	cmd := amoeba(t, dir, "serve", "e <b>", "--addr", "127.0.0.1:0")
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(pipe).ReadString('\n')
	url := regexp.MustCompile(`\A(http://127\.0\.0\.1:\d+/) shows e <b> until Ctrl-C\n\z`).FindStringSubmatch(line)
	if err != nil || url == nil {
		_ = cmd.Process.Kill()
		t.Fatalf("told %q, %v: %s", line, err, errs.String())
	}
	answer, err := http.Get(url[1])
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != 200 {
		t.Fatalf("%s: %v", answer.Status, err)
	}
	if page := string(text); !strings.HasPrefix(page, "<!doctype html>") || !strings.Contains(page, "e &lt;b&gt;") || strings.Contains(page, "e <b>") {
		t.Errorf("the folder's name is not escaped in %.300s", page)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || errs.Len() > 0 {
		t.Errorf("ended with %v: %s", err, errs.String())
	}
}

package main

import "testing"

// The line that goes on with a stopped command repeats its flags, those that were given several times one by one.
func TestAgain(t *testing.T) {
	c := reproduceCmd()
	if err := c.ParseFlags([]string{"--only", "speed", "--only", "two words", "--seeds", "3", "--quiet"}); err != nil {
		t.Fatal(err)
	}
	if got, want := again(c, "quality"), "reproduce quality --only=speed --only='two words' --quiet --seeds=3"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

package space

import "fmt"

// clip quotes what a person gave for an error message, cut where it is long.
func clip(text string) string {
	const most = 120 // bytes: more than any valid nb201 string
	if len(text) <= most {
		return fmt.Sprintf("%q", text)
	}
	return fmt.Sprintf("%q… (%d bytes)", text[:most], len(text))
}

package jsonline

import (
	"encoding/json"
	"strings"
	"testing"
)

// What is wrong with a text is told without the names of our types.
func TestFault(t *testing.T) {
	for text, want := range map[string]string{
		`[]`:                  "an array, want an object",
		`0.5`:                 "a number, want an object",
		`"0.5"`:               "a string, want an object",
		`{"In":[]}`:           "In is an array, want an object",
		`{"In":{"Loss":"x"}}`: "In.Loss is a string, want a number",
		`{"N":1.5}`:           "N is a number, want a whole number",
		`{"N":true}`:          "N is true or false, want a whole number",
		`{"All":3}`:           "All is a number, want an array",
		`{"All":[{}]}`:        "All is an object, want a number",
		`{"Ok":"yes"}`:        "Ok is a string, want true or false",
		`{"Text":5}`:          "Text is a number, want a string",
		`{"n`:                 "it ends in the middle",
		``:                    "it is empty",
		`{"other":1}`:         `unknown field "other"`,
		`loss`:                "invalid character 'l' looking for beginning of value",
	} {
		var all struct {
			In   *struct{ Loss *float64 }
			N    int
			All  []*float64
			Ok   bool
			Text *string
		}
		d := json.NewDecoder(strings.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(&all); err == nil || Fault(err).Error() != want {
			t.Errorf("%s: %v, want %s", text, Fault(err), want)
		}
	}
}

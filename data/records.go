package data

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// eachMember calls f for each member of a JSON object, in order, duplicates included.
func eachMember[T any](b []byte, f func(key string, value T) error) error {
	d := json.NewDecoder(bytes.NewReader(b))
	if first, err := d.Token(); err != nil || first != json.Delim('{') {
		return errors.New("starts with no JSON object")
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		var value T
		if err := d.Decode(&value); err != nil {
			return fmt.Errorf("%v: %w", key, err)
		}
		if err := f(key.(string), value); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("byte %d: text after the JSON object", d.InputOffset())
	}
	return nil
}

// eachRecord calls f for each line of a CSV file after its header, which must be as given.
func eachRecord(b []byte, header string, f func(record []string) error) error {
	r := csv.NewReader(bytes.NewReader(b))
	r.ReuseRecord = true
	want := strings.Split(header, ",")
	if first, err := r.Read(); err != nil || !slices.Equal(first, want) {
		return fmt.Errorf("the first line is %.100q, want %s", first, header)
	}
	for {
		record, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err // it says the line
		}
		if err := f(record); err != nil {
			line, _ := r.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}

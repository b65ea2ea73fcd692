package sim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// decode fills memory from the state file, as [World.encode] writes it. What it does not know it refuses: a newer program
// has written it, and saving would lose it. Whether all of it is JSON is asked where it cannot be read: every target begins
// with it.
func (w *World) decode(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	w.reset()
	err := w.read(d)
	if _, more := d.Token(); err == nil && more == io.EOF {
		return nil
	}
	if !json.Valid(data) { // what comes after the end of a state makes it so too
		return errors.New("it is damaged: it is not JSON")
	}
	return err
}

// read fills memory from the state that d is at.
func (w *World) read(d *json.Decoder) error {
	ours := false
	err := object(d, func(name string) error {
		switch {
		case name == "Core":
			ours = true
			return w.decodeCore(d)
		case !ours:
			return errNoState
		case name == "Sections":
			return object(d, func(name string) error {
				s, known := w.sections[name]
				if !known {
					return fmt.Errorf("another version of this program has written it: unknown section %s", name)
				}
				if err := d.Decode(s.state); err != nil {
					return fmt.Errorf("another version of this program has written it: section %s: %w", name, err)
				}
				return nil
			})
		}
		return fmt.Errorf("another version of this program has written it: unknown part %s", name)
	})
	if err == nil && !ours {
		return errNoState
	}
	return err
}

var errNoState = errors.New("it is not the state of an embedded AWS")

// decodeCore reads the kernel's own part, whose version says who has written the others.
func (w *World) decodeCore(d *json.Decoder) error {
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return fmt.Errorf("it is damaged: %w", err)
	}
	var head struct{ Version int }
	if err := json.Unmarshal(raw, &head); err != nil || head.Version < 1 {
		return errNoState
	}
	switch {
	case head.Version > stateVersion:
		return fmt.Errorf("a newer version of this program has written it (format %d, this one knows %d)", head.Version, stateVersion)
	case head.Version < stateVersion:
		return fmt.Errorf("an older version of this program has written it (format %d, this one knows %d)", head.Version, stateVersion)
	}
	strict := json.NewDecoder(bytes.NewReader(raw))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&w.core); err != nil {
		return fmt.Errorf("another version of this program has written it: %w", err)
	}
	return nil
}

// object reads an object whose members read reads, by their names.
func object(d *json.Decoder, read func(name string) error) error {
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return errors.Join(errors.New("it is damaged: there is no object"), err)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return fmt.Errorf("it is damaged: %w", err)
		}
		if err := read(name.(string)); err != nil { // the name of a member is one
			return err
		}
	}
	_, err := d.Token()
	return err
}

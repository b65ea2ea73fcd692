//go:build amd64 || arm64

package sandbox

import (
	"encoding/json"
	"os"
)

// pipeJSON gives the reading end of a pipe from which a value can be read.
func pipeJSON(value any) (*os.File, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	go func() { // ends with the last reader, at the latest
		defer w.Close()
		w.Write(text)
	}()
	return r, nil
}

package console

import (
	"encoding/json"
	"fmt"
	"io"
)

// jsonLines writes a JSON object per event.
type jsonLines struct{ w io.Writer }

func (j *jsonLines) event(e Event, _ []row) {
	text, err := json.Marshal(e)
	if err != nil {
		text = fmt.Appendf(nil, "%q", err)
	}
	fmt.Fprintf(j.w, "%s\n", text)
}

func (*jsonLines) refresh([]row) {}
func (*jsonLines) end()          {}

package wire

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// Service is one AWS service: its operations and how they travel.
type Service struct {
	// Name as in the endpoint, e.g. "ecs".
	Name string
	// Target is the prefix of X-Amz-Target, without its dot, of a JSON service.
	Target string
	// Version of the API (the form field Version) and XML namespace of a Query service.
	Version   string
	Namespace string
	// Operations by action name.
	Operations map[string]Operation
}

// Operation decodes its input, does its work and returns what is to be encoded.
type Operation func(ctx context.Context, decode func(into any) error) (any, error)

// Op makes an operation from a function of typed input and output.
func Op[In, Out any](f func(ctx context.Context, in *In) (*Out, error)) Operation {
	return func(ctx context.Context, decode func(any) error) (any, error) {
		in := new(In)
		if err := decode(in); err != nil {
			return nil, err
		}
		return f(ctx, in)
	}
}

// Empty is an output without members.
type Empty struct{}

// Error is an answer that AWS would give: a code, a text and an HTTP status.
type Error struct {
	Code    string
	Message string
	Status  int
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Errorf is a client's error (HTTP 400) with AWS's code and text.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Status: http.StatusBadRequest}
}

// Time travels as seconds since 1970 in JSON and as ISO 8601 in XML.
type Time struct{ time.Time }

// MarshalJSON writes seconds with milliseconds.
func (t Time) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%.3f", float64(t.UnixMilli())/1000), nil
}

// UnmarshalJSON reads seconds.
func (t *Time) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	seconds, err := strconv.ParseFloat(string(data), 64)
	if err != nil || math.Abs(seconds) > maxSeconds {
		return fmt.Errorf("time %s is not a number of seconds since 1970", data)
	}
	t.Time = time.UnixMilli(int64(math.Round(seconds * 1000))).UTC()
	return nil
}

// maxSeconds is the end of the year 9999, the last that ISO 8601 can write.
const maxSeconds = 253402300799

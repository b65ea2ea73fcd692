package logs

import (
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/account"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// How much is kept.
const (
	mostEvents  = 2000 // of a stream
	mostStreams = 500  // of a group
)

// Service is the embedded CloudWatch Logs.
type Service struct {
	w     *sim.World
	acct  account.Account
	state state
}

type state struct {
	Groups map[string]*group // by name
}

type group struct {
	Name      string
	Created   int64 // milliseconds since 1970, as everywhere in this API
	Retention int   // days; 0: for ever
	Class     string
	KMSKey    string
	Protected bool
	Tags      map[string]string
	Streams   map[string]*stream // by name
}

type stream struct {
	Name    string
	Created int64
	First   int // position of Events[0]; earlier ones have been dropped
	Events  []event
}

type event struct {
	Timestamp int64  `json:"t"`
	Ingested  int64  `json:"i"`
	Message   string `json:"m"`
}

// New adds CloudWatch Logs to the world.
func New(w *sim.World, acct account.Account) *Service {
	s := &Service{w: w, acct: acct, state: state{Groups: map[string]*group{}}}
	sim.Register(w, "logs", &s.state)
	return s
}

// Wire is the API.
func (s *Service) Wire() *wire.Service {
	return &wire.Service{Name: "logs", Target: "Logs_20140328", Operations: map[string]wire.Operation{
		"CreateLogGroup":        wire.Op(s.createLogGroup),
		"DescribeLogGroups":     wire.Op(s.describeLogGroups),
		"DeleteLogGroup":        wire.Op(s.deleteLogGroup),
		"PutRetentionPolicy":    wire.Op(s.putRetentionPolicy),
		"DeleteRetentionPolicy": wire.Op(s.deleteRetentionPolicy),
		"ListTagsForResource":   wire.Op(s.listTagsForResource),
		"TagResource":           wire.Op(s.tagResource),
		"UntagResource":         wire.Op(s.untagResource),
		"CreateLogStream":       wire.Op(s.createLogStream),
		"DescribeLogStreams":    wire.Op(s.describeLogStreams),
		"DeleteLogStream":       wire.Op(s.deleteLogStream),
		"PutLogEvents":          wire.Op(s.putLogEvents),
		"GetLogEvents":          wire.Op(s.getLogEvents),
		"FilterLogEvents":       wire.Op(s.filterLogEvents),
		"StartLiveTail":         wire.Op(s.startLiveTail),
	}}
}

// Types are the CloudFormation resource types.
func (s *Service) Types() []resource.Type { return []resource.Type{s.groupType()} }

// LogGroupExists tells whether there is a log group of this name.
func (s *Service) LogGroupExists(name string) bool { return s.state.Groups[name] != nil }

// EnsureLogGroup makes a log group where it is absent.
func (s *Service) EnsureLogGroup(name string) {
	if !s.LogGroupExists(name) {
		s.state.Groups[name] = s.newGroup(name)
		s.w.Changed()
	}
}

// WriteLog appends a line at the present time to a stream, which it makes where it is absent. Where the group is
// absent the line is lost, as a task's would be.
func (s *Service) WriteLog(groupName, streamName, message string) {
	g := s.state.Groups[groupName]
	if g == nil {
		return
	}
	g.append(s.stream(g, streamName), event{Timestamp: s.now(), Ingested: s.now(), Message: message})
	s.w.Changed()
}

func (s *Service) now() int64 { return s.w.Now().UnixMilli() }

func (s *Service) newGroup(name string) *group {
	return &group{Name: name, Created: s.now(), Class: "STANDARD", Tags: map[string]string{}, Streams: map[string]*stream{}}
}

// stream finds a stream or makes it; then what has grown too old or too much goes.
func (s *Service) stream(g *group, name string) *stream {
	if st := g.Streams[name]; st != nil {
		return st
	}
	for _, old := range g.Streams {
		if g.Retention > 0 && old.last() < s.w.Now().AddDate(0, 0, -g.Retention).UnixMilli() {
			delete(g.Streams, old.Name)
		}
	}
	if len(g.Streams) >= mostStreams {
		var oldest *stream
		for _, st := range g.Streams {
			if oldest == nil || st.last() < oldest.last() || st.last() == oldest.last() && st.Name < oldest.Name {
				oldest = st
			}
		}
		delete(g.Streams, oldest.Name)
	}
	st := &stream{Name: name, Created: s.now()}
	g.Streams[name] = st
	return st
}

// last is when something last happened in the stream.
func (st *stream) last() int64 {
	if len(st.Events) == 0 {
		return st.Created
	}
	return st.Events[len(st.Events)-1].Timestamp
}

func (g *group) append(st *stream, e event) {
	st.Events = append(st.Events, e)
	if extra := len(st.Events) - mostEvents; extra > 0 {
		st.Events = append([]event{}, st.Events[extra:]...)
		st.First += extra
	}
}

func (s *Service) arn(g *group) string { return s.acct.ARN("logs", "log-group:"+g.Name) }

package logs

import (
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/account"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// How much is kept.
const (
	mostEvents  = 1_000_000 // of a stream
	mostStreams = 10_000    // of a group
)

// Service is the embedded CloudWatch Logs.
type Service struct {
	w     *sim.World
	acct  account.Account
	state state
}

type state struct {
	Groups  sim.Table[*group]  // by name
	Streams sim.Table[*stream] // by group and name: see [streamKey]
	Batches sim.Table[*batch]  // by stream and position: see [stream.batchKey]
}

type group struct {
	Name      string
	Created   int64 // milliseconds since 1970, as everywhere in this API
	Retention int   // days; 0: for ever
	Class     string
	KMSKey    string
	Protected bool
	Tags      map[string]string
	Streams   int // how many
	Bytes     int64
	Swept     int64 // when it was last looked whether streams are too old
}

type stream struct {
	Group, Name string
	Created     int64
	First, Next int   // positions of the first line that is left, and of the next one
	FirstAt     int64 // timestamps of the first and last line
	LastAt      int64
	LastIn      int64 // when it was ingested
	Bytes       int64
}

// New adds CloudWatch Logs to the world.
func New(w *sim.World, acct account.Account) *Service {
	return &Service{w: w, acct: acct, state: state{
		sim.NewTable[*group](w, "logs.groups"), sim.NewTable[*stream](w, "logs.streams"), sim.NewTable[*batch](w, "logs.batches"),
	}}
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
func (s *Service) LogGroupExists(name string) bool { return s.state.Groups.Has(name) }

// EnsureLogGroup makes a log group where it is absent.
func (s *Service) EnsureLogGroup(name string) {
	if !s.LogGroupExists(name) {
		s.state.Groups.Put(name, s.newGroup(name))
	}
}

// WriteLog appends a line at the present time to a stream, which it makes where it is absent. Where the group is
// absent the line is lost, as a task's would be.
func (s *Service) WriteLog(groupName, streamName, message string) {
	g := s.state.Groups.Get(groupName)
	if g == nil {
		return
	}
	s.append(g, s.stream(g, streamName), line{s.now(), s.now(), message})
}

func (s *Service) now() int64 { return s.w.Now().UnixMilli() }

func (s *Service) newGroup(name string) *group {
	return &group{Name: name, Created: s.now(), Class: "STANDARD", Tags: map[string]string{}}
}

// sweeps is how often it is looked whether streams are too old.
const sweeps = 24 * time.Hour

// stream finds a stream or makes it; then what has grown too old or too much goes.
func (s *Service) stream(g *group, name string) *stream {
	if st := s.state.Streams.Get(streamKey(g.Name, name)); st != nil {
		return st
	}
	if g.Retention > 0 && s.now()-g.Swept >= sweeps.Milliseconds() {
		g.Swept = s.now()
		for _, old := range s.state.Streams.Ascend(g.Name+"|", "") {
			if old.last() < s.w.Now().AddDate(0, 0, -g.Retention).UnixMilli() {
				s.remove(g, old)
			}
		}
	}
	if g.Streams >= mostStreams {
		var oldest *stream
		for _, st := range s.state.Streams.Ascend(g.Name+"|", "") {
			if oldest == nil || st.last() < oldest.last() {
				oldest = st
			}
		}
		s.remove(g, oldest)
	}
	st := &stream{Group: g.Name, Name: name, Created: s.now()}
	s.state.Streams.Put(streamKey(g.Name, name), st)
	g.Streams++
	return st
}

// last is when something last happened in the stream.
func (st *stream) last() int64 {
	if st.Next == 0 {
		return st.Created
	}
	return st.LastAt
}

func (s *Service) arn(g *group) string { return s.acct.ARN("logs", "log-group:"+g.Name) }

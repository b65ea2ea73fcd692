package targets

import (
	"context"
	"reflect"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/smithy-go"

	"github.com/bellyfed/splitecs/cfn"
)

// shop has two environments, one of them with a worker.
var shop = cfn.App{Name: "shop", Region: "eu-central-1", DefaultEnvironment: "dev", Environments: map[string]cfn.Environment{
	"dev": {Services: map[string]cfn.AdditionalService{"worker": {}}}, "qa": {},
}}

// sessionIn is a session in a place of the shop.
func sessionIn(t *testing.T, name, text string) *session {
	t.Helper()
	place, err := placeOf(shop, name, text)
	if err != nil {
		t.Fatal(err)
	}
	return Set{App: shop}.withDefaults().newSession(name, text, place)
}

// What happened in one place is not known in another, and what happens there is not known here.
func TestAnotherPlaceRemembersNothing(t *testing.T) {
	s := sessionIn(t, "image:list", "qa")
	s.clients, s.faster = newClients(aws.Config{Region: "eu-central-1"}), 2
	s.memory = memory{remade: true, resume: "x", reached: reach{gone: []missed{{what: "y"}}}}
	worker, err := placeOf(shop, "image:list", "dev/worker")
	if err != nil {
		t.Fatal(err)
	}
	there := s.at(worker)
	if !reflect.DeepEqual(there.memory, memory{}) {
		t.Errorf("it remembers %+v", there.memory)
	}
	if there.title != "image:list dev/worker" || there.place.Names.Service != "shop-dev-worker" || there.clients != s.clients || there.faster != 2 {
		t.Errorf("its needs are %+v", there.needs)
	}
	there.memory.followed, there.connection = "z", connection{}
	if s.memory.followed != "" || s.clients == nil || s.title != "image:list qa" {
		t.Errorf("it reached back: %+v", s)
	}
}

// Whatever goes wrong where an image is copied from, the command that is told is the one that was given.
func TestAPromotionIsRepeatedAsItWasGiven(t *testing.T) {
	s := sessionIn(t, "image:promote", "qa")
	source, err := s.promoted("dev/worker")
	if err != nil {
		t.Fatal(err)
	}
	f := source.failure(context.Background(), &smithy.GenericAPIError{Code: "ThrottlingException", Message: "Rate exceeded"})
	if want := "go tool mage image:promote dev/worker qa"; len(f.Next) != 1 || f.Next[0] != want || f.What != "image:promote dev/worker" {
		t.Errorf("%s: next is %q, want %q", f.What, f.Next, want)
	}
}

// A client is made once, whoever asks for it at the same time.
func TestClientsAreMadeOnce(t *testing.T) {
	c := newClients(aws.Config{Region: "eu-central-1"})
	seen := make([]*ecs.Client, 8)
	var wait sync.WaitGroup
	for i := range seen {
		wait.Go(func() { seen[i] = c.ecs() })
	}
	wait.Wait()
	for _, client := range seen {
		if client == nil || client != seen[0] {
			t.Fatal("two clients")
		}
	}
}

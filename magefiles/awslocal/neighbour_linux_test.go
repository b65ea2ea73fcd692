package awslocal_test

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// TestMain's process is also the other user: it asks an address and says what it was answered.
const asOtherUser = "SPLITECS_TEST_ASKS"

func init() {
	url := os.Getenv(asOtherUser)
	if url == "" {
		return
	}
	answer, err := http.Get(url)
	if err != nil {
		os.Stdout.WriteString(err.Error())
		os.Exit(1)
	}
	var body bytes.Buffer
	_, err = body.ReadFrom(answer.Body)
	os.Stdout.WriteString(answer.Status + " " + body.String())
	if errors.Join(err, answer.Body.Close()) != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// Other users of the machine get nothing, not even a token; whoever serves does. To be another user takes root: others see that
// their own is found, in TestOwnersOfSockets.
func TestOtherUsersAreNotAnswered(t *testing.T) {
	server := awslocal.Start(t)
	asks := func(uid uint32) string {
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = []string{asOtherUser + "=" + server.URL() + "/v2/"}
		if uid != uint32(os.Geteuid()) {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
		}
		// The test's program is in a folder of its user alone.
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		program, err := os.Open(self)
		if err != nil {
			t.Fatal(err)
		}
		defer program.Close()
		cmd.ExtraFiles, cmd.Path = []*os.File{program}, "/proc/self/fd/3"
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out)
	}
	if got := asks(uint32(os.Geteuid())); !strings.HasPrefix(got, "401 ") {
		t.Errorf("its own user: %s", got)
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can be another user")
	}
	if got := asks(65534); !strings.HasPrefix(got, "403 ") || !strings.Contains(got, "this request is one of uid 65534") {
		t.Errorf("another user: %s", got)
	}
}

// The kernel tells whose a socket is, in either protocol, also of one that speaks both; and not of one that is not there.
func TestOwnersOfSockets(t *testing.T) {
	for network, address := range map[string]string{"tcp4": "127.0.0.1:0", "tcp6": "[::1]:0", "tcp": ":0"} {
		l, err := net.Listen(network, address)
		if err != nil {
			t.Skipf("no %s here: %v", network, err)
		}
		defer l.Close()
		to := l.Addr().(*net.TCPAddr).AddrPort()
		if network == "tcp" {
			to = netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), to.Port())
		}
		c, err := net.Dial("tcp", to.String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		from := c.LocalAddr().(*net.TCPAddr).AddrPort()
		if uid, known := awslocal.SocketOwner(from, to); !known || uid != os.Geteuid() {
			t.Errorf("%s: %d, %v", network, uid, known)
		}
		if uid, known := awslocal.SocketOwner(netip.AddrPortFrom(from.Addr(), 1), to); known {
			t.Errorf("%s: a socket that is not there is one of %d", network, uid)
		}
	}
}

package awstest

import (
	"testing"

	"go.uber.org/goleak"
)

// Main runs a package's tests and fails when one of them leaves a goroutine behind. It is for TestMain.
func Main(m *testing.M) { goleak.VerifyTestMain(m) }

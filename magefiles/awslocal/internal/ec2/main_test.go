package ec2_test

import (
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
)

func TestMain(m *testing.M) { awstest.Main(m) }

package lazyregexp_test

import (
	"fmt"
	"testing"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

func ExampleNew() {
	number := lazyregexp.New(`[0-9]+`)
	fmt.Println(number.FindString("revision 42"))
	// Output: 42
}

func TestAWrongExpressionIsFoundInTests(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("it waits for its first use")
		}
	}()
	lazyregexp.New(`(`)
}

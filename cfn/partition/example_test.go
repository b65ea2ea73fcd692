package partition_test

import (
	"fmt"

	"github.com/bellyfed/splitecs/cfn/partition"
)

func ExampleOf() {
	p := partition.Of("eusc-de-east-1")
	fmt.Println(p.Name, p.Suffix)
	// Output: aws-eusc amazonaws.eu
}

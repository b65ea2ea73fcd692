// Command everything is as large as a consumer's magefile: it has all of the library, and package boot.
package main

import (
	"fmt"

	"github.com/bellyfed/splitecs"
	_ "github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox/boot"
)

func main() { fmt.Println(splitecs.App{}.Name) }

// Command migrate is the program that service:run runs.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	arguments, err := json.Marshal(os.Args[1:])
	if err != nil {
		panic(err)
	}
	fmt.Printf("migrated for %s, arguments %s\n", os.Getenv("GREETING"), arguments)
}

package confidential_test

import (
	"fmt"

	"github.com/bellyfed/splitecs/cfn/confidential"
)

func ExampleRedact() {
	fmt.Println(confidential.Redact(`cannot connect to postgres://app:hunter2@db/shop with {"apiKey":"abc123"}`))
	fmt.Println(confidential.Redact("DB_PASS=hunter2 LOG_LEVEL=debug"))
	// Output:
	// cannot connect to postgres://app:***@db/shop with {"apiKey":"***"}
	// DB_PASS=*** LOG_LEVEL=debug
}

func ExampleName() {
	fmt.Println(confidential.Name("SMTP_PASS"), confidential.Name("MAX_TOKENS"), confidential.Name("NEXT_PUBLIC_API_KEY"))
	// Output: true false false
}

func ExampleValue() {
	fmt.Println(confidential.Value("postgres://app:hunter2@db/shop"))
	// Output: a URL with a password
}

// Command client is what tests let run in tasks: a program that calls AWS by the SDK, which it tells nothing. It says who it is,
// and then the value of the parameter that its argument names.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func main() {
	if err := run(context.Background(), os.Args[1]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func run(ctx context.Context, name string) error {
	c, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	keys, err := c.Credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	who, err := sts.NewFromConfig(c).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return err
	}
	found, err := ssm.NewFromConfig(c).GetParameter(ctx, &ssm.GetParameterInput{Name: &name})
	if err != nil {
		return err
	}
	fmt.Printf("region=%s credentials=%s account=%s parameter=%s\n", c.Region, keys.Source, *who.Account, *found.Parameter.Value)
	return nil
}

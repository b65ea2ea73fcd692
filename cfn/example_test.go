package cfn_test

import (
	"fmt"

	"github.com/bellyfed/splitecs/cfn"
)

var shop = cfn.App{
	Name: "shop", Region: "eu-central-1", DefaultEnvironment: "dev",
	Environments: map[string]cfn.Environment{"dev": {CPU: 256, Memory: 512}},
}

func ExampleInfra() {
	template, err := cfn.Infra(shop, "dev")
	if err != nil {
		fmt.Println(err)
		return
	}
	yaml, err := cfn.Render(template)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(yaml) < 51200, template.Resources["Repository"].AWSCloudFormationType())
	// Output: true AWS::ECR::Repository
}

func ExampleService() {
	template, err := cfn.Service(shop, "dev")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(template.Resources[cfn.ResourceService].AWSCloudFormationType())
	_, err = cfn.Service(shop, "prod")
	fmt.Println(err)
	// Output:
	// AWS::ECS::Service
	// unknown environment "prod"; known are dev, local
}

// Everything that is wrong is told at once, by its field.
func ExampleApp_Validate() {
	wrong := cfn.App{
		Name: "shop", Region: "eu-central-1", DefaultEnvironment: "dev",
		Environments: map[string]cfn.Environment{"dev": {CPU: 300, Memory: 512, MinTasks: 3, MaxTasks: 2}},
	}
	fmt.Println(wrong.Validate())
	// Output:
	// invalid configuration, 2 problems:
	//   Environments["dev"].CPU: 300 is not a Fargate size; with 512 MiB use 256
	//   Environments["dev"].MaxTasks: 2 is out of range: from MinTasks, 3, to 5000
}

func ExampleApp_Names() {
	names := shop.Names("dev")
	fmt.Println(names.InfraStack, names.ServiceStack)
	fmt.Println(names.Cluster, names.Service, names.Repository, names.LogGroup)
	// Output:
	// ShopEcsInfraStack-dev ShopEcsServiceStack-dev
	// shop-dev shop-dev-service shop-dev /aws/ecs/shop-dev
}

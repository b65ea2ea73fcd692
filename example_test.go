package splitecs_test

import (
	"fmt"

	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/s3"

	"github.com/bellyfed/splitecs"
	"github.com/bellyfed/splitecs/cfn"
)

// A bucket of the application's own, in the infra stack, and its name in the service stack.
func Example_extraResources() {
	app := splitecs.App{Name: "shop", Region: "eu-central-1"}
	app.ExtendInfra = func(env string, t *cloudformation.Template) error {
		if env == "local" {
			return nil // the embedded AWS has no S3
		}
		t.Resources["Uploads"] = &s3.Bucket{BucketName: new("shop-uploads-" + env)}
		t.Outputs["UploadsBucket"] = cloudformation.Output{Value: cloudformation.Ref("Uploads")}
		return nil
	}
	app.ExtendService = func(env string, t *cloudformation.Template) error {
		t.Resources[cfn.ResourceService].(*cfn.ECSService).DeploymentConfiguration.MaximumPercent = new(150)
		if env != "local" {
			t.Parameters["UploadsBucket"] = cloudformation.Parameter{Type: "String"} // filled by the output
		}
		return nil
	}
	//
	app.Environments = map[string]splitecs.Environment{"dev": {}}
	infra, err := cfn.Infra(app, "dev")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = cfn.Service(app, "dev")
	fmt.Println(infra.Resources["Uploads"].AWSCloudFormationType(), err)
	// Output: AWS::S3::Bucket <nil>
}

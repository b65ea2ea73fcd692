package cfn_test

import (
	"testing"

	autoscaling "github.com/awslabs/goformation/v7/cloudformation/applicationautoscaling"

	"github.com/bellyfed/splitecs/cfn"
)

// A service has no bounds that somebody else's schedule sets, unless it has taken them over with everything else.
func TestSchedulesAreInheritedWithTheBoundsAlone(t *testing.T) {
	schedule := func(name string, least, most int) cfn.Schedule {
		return cfn.Schedule{Name: name, Expression: "cron(0 7 * * ? *)", MinTasks: least, MaxTasks: most}
	}
	app := webApp(cfn.Container{}, cfn.Environment{MinTasks: 1, MaxTasks: 4, Scaling: cfn.Scaling{RequestsPerTask: 100, Schedules: []cfn.Schedule{schedule("morning", 2, 4)}}})
	services := app.Environments["dev"].Services
	services["cron"] = cfn.AdditionalService{Container: cfn.Container{Command: []string{"cron"}}, MinTasks: 1, MaxTasks: 1}
	services["least"] = cfn.AdditionalService{Container: cfn.Container{Command: []string{"cron"}}, MinTasks: 1}
	services["own"] = cfn.AdditionalService{Container: cfn.Container{Command: []string{"cron"}}, MaxTasks: 3, Scaling: cfn.Scaling{Schedules: []cfn.Schedule{schedule("night", 1, 2)}}}
	for place, want := range map[string]string{"dev": "morning", "dev/api": "morning", "dev/worker": "morning", "dev/cron": "", "dev/least": "", "dev/own": "night"} {
		template, err := cfn.Service(app, place)
		if err != nil {
			t.Fatal(err)
		}
		actions := template.Resources["ScalableTarget"].(*autoscaling.ScalableTarget).ScheduledActions
		got := ""
		for _, a := range actions {
			got += a.ScheduledActionName
		}
		if got != want {
			t.Errorf("%s has schedules %q, want %q", place, got, want)
		}
		_, requests := template.Resources["RequestScaling"]
		if worker := place != "dev" && place != "dev/api"; requests == worker {
			t.Errorf("%s scales by requests: %v", place, requests)
		}
	}
}

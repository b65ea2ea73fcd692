package cfn_test

import (
	"maps"
	"time"

	"github.com/bellyfed/splitecs/cfn"
)

// bellyfed is Bellyfed's own App, as in magefiles/magefile.go. That file is package main and cannot be imported; a test
// that compares what its targets print with this package's golden files keeps the two alike.
func bellyfed() cfn.App {
	small := cfn.Environment{
		Network:          cfn.Network{CIDR: "10.0.0.0/16", Zones: 2, NATGateways: 1},
		CPU:              256,
		Memory:           1024,
		MinTasks:         1,
		MaxTasks:         2,
		LogRetentionDays: 7,
	}
	qa := small
	qa.Network.NATGateways = 2
	qa.LogRetentionDays = 14
	qa.ContainerInsights = true

	prod := qa
	prod.Network.Zones = 3
	prod.Network.NATGateways = 3
	prod.CPU = 512
	prod.MinTasks = 2
	prod.MaxTasks = 4
	prod.LogRetentionDays = 30
	prod.Protected = true

	return cfn.App{
		Name:               "bellyfed",
		Region:             "ap-southeast-1",
		DefaultEnvironment: "dev",
		Container: cfn.Container{
			Port:            3000,
			HealthCheckPath: "/health",
			HealthCheckCommand: []string{
				"CMD", "node", "-e",
				"require('http').get('http://127.0.0.1:3000/health', r => process.exit(r.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))",
			},
			StartPeriod:   120 * time.Second,
			WritablePaths: []string{"/tmp", "/app/.next/cache", "/app/.next/server/route-cache"},
			Variables:     map[string]string{"NODE_ENV": "production", "PORT": "3000", "HOSTNAME": "0.0.0.0"},
		},
		Environments: map[string]cfn.Environment{"dev": small, "test": small, "qa": qa, "prod": prod},
		Tags:         map[string]string{"Application": "bellyfed"},
	}
}

// with returns Bellyfed's App with one environment changed.
func with(env string, change func(*cfn.App, *cfn.Environment)) cfn.App {
	app := bellyfed()
	app.Environments = maps.Clone(app.Environments)
	e := app.Environments[env]
	change(&app, &e)
	app.Environments[env] = e
	return app
}

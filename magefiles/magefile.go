//go:build mage

// Bellyfed's deployment, and the chores of this repository.
package main

import (
	"time"

	//mage:import
	"github.com/bellyfed/splitecs"
)

func init() { splitecs.Use(bellyfed()) }

// bellyfed is a Next.js application in four environments. It doubles as the example of a configuration.
func bellyfed() splitecs.App {
	dev := splitecs.Environment{
		Network:          splitecs.Network{CIDR: "10.0.0.0/16", Zones: 2, NATGateways: 1},
		CPU:              256,
		Memory:           1024,
		MinTasks:         1,
		MaxTasks:         2,
		LogRetentionDays: 7,
	}
	qa := dev
	qa.Network.NATGateways = 2
	qa.LogRetentionDays = 14
	qa.ContainerInsights = true

	prod := qa
	prod.Network.Zones, prod.Network.NATGateways = 3, 3
	prod.CPU = 512
	prod.MinTasks, prod.MaxTasks = 2, 4
	prod.LogRetentionDays = 30
	prod.Protected = true

	return splitecs.App{
		Name:               "bellyfed",
		Region:             "ap-southeast-1",
		DefaultEnvironment: "dev",
		Tags:               map[string]string{"Application": "bellyfed"},
		// The application's own checkout, beside this one, after `next build`.
		Image: splitecs.ImageSource{Source: "../bellyfed"},
		Container: splitecs.Container{
			Port:            3000,
			HealthCheckPath: "/health",
			// Half of the CPU time that fetch takes, or less; and it follows no redirect.
			HealthCheckCommand: []string{
				"CMD", "node", "-e",
				"require('http').get('http://127.0.0.1:3000/health', r => process.exit(r.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))",
			},
			StartPeriod:   120 * time.Second,
			WritablePaths: []string{"/tmp", "/app/.next/cache", "/app/.next/server/route-cache"},
			Variables:     map[string]string{"NODE_ENV": "production", "PORT": "3000", "HOSTNAME": "0.0.0.0"},
		},
		Environments: map[string]splitecs.Environment{"dev": dev, "test": dev, "qa": qa, "prod": prod},
	}
}

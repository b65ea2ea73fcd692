package acceptance_test

import (
	"fmt"
	"strings"
	"testing"
)

// List prices of ap-southeast-1 in USD, Linux on X86_64, without free tiers and discounts; priced says when.
// https://aws.amazon.com/fargate/pricing/ https://aws.amazon.com/elasticloadbalancing/pricing/
// https://aws.amazon.com/vpc/pricing/ https://aws.amazon.com/cloudwatch/pricing/
const (
	priced          = "June 2026"
	hoursAMonth     = 730
	priceVCPU       = 0.05056 // an hour
	priceGigabyte   = 0.00553 // of memory, an hour
	priceBalancer   = 0.0252  // an hour
	priceNATGateway = 0.059   // an hour
	priceAddress    = 0.005   // a public IPv4 address, an hour
	priceAlarm      = 0.10    // a metric of an alarm, a month
)

// costs are what each environment costs a month while nothing happens, with the fewest tasks.
func costs(t *testing.T) string {
	environments := []string{"dev", "test", "qa", "prod"}
	rows := []string{"tasks", "load balancer", "NAT gateways", "public IPv4 addresses", "alarms"}
	cells := map[string][]string{}
	var sums []string
	for _, env := range environments {
		sum := 0.0
		cell := func(row, how string, price float64) {
			cells[row] = append(cells[row], fmt.Sprintf("%s: %.2f", how, price))
			sum += price
		}
		var tasks, cpu, memory, gateways, addresses, metrics float64
		for _, stack := range []string{"infra", "service"} {
			for _, r := range golden(t, env, stack).Resources {
				p := r.Properties
				switch r.Type {
				case "AWS::ECS::TaskDefinition":
					cpu, memory = number(t, p["Cpu"])/1024, number(t, p["Memory"])/1024
				case "AWS::ApplicationAutoScaling::ScalableTarget":
					tasks = number(t, p["MinCapacity"])
				case "AWS::ApplicationAutoScaling::ScalingPolicy":
					metrics += 2 // target tracking makes two alarms
				case "AWS::EC2::NatGateway":
					gateways++
				case "AWS::EC2::EIP":
					addresses++
				case "AWS::ElasticLoadBalancingV2::LoadBalancer":
					addresses += float64(len(p["Subnets"].([]any))) // one in each zone
				case "AWS::CloudWatch::Alarm":
					metrics += alarmMetrics(p)
				}
			}
		}
		cell("tasks", fmt.Sprintf("%g × (%g vCPU, %g GB)", tasks, cpu, memory), tasks*hoursAMonth*(cpu*priceVCPU+memory*priceGigabyte))
		cell("load balancer", "1", hoursAMonth*priceBalancer)
		cell("NAT gateways", fmt.Sprint(gateways), gateways*hoursAMonth*priceNATGateway)
		cell("public IPv4 addresses", fmt.Sprint(addresses), addresses*hoursAMonth*priceAddress)
		cell("alarms", fmt.Sprintf("%g metrics", metrics), metrics*priceAlarm)
		sums = append(sums, fmt.Sprintf("**%.2f**", sum))
	}
	var out strings.Builder
	fmt.Fprintf(&out, "USD a month (%d hours), list prices of ap-southeast-1, %s.\n\n| | %s |\n| --- | --- | --- | --- | --- |\n", hoursAMonth, priced, strings.Join(environments, " | "))
	for _, row := range rows {
		fmt.Fprintf(&out, "| %s | %s |\n", row, strings.Join(cells[row], " | "))
	}
	fmt.Fprintf(&out, "| **together** | %s |\n", strings.Join(sums, " | "))
	out.WriteString("\n| price of | USD | AWS's usage type |\n| --- | --- | --- |\n")
	for _, p := range []struct {
		of    string
		price float64
		usage string
	}{
		{"a vCPU, an hour", priceVCPU, "APS1-Fargate-vCPU-Hours:perCPU"},
		{"a GB of memory, an hour", priceGigabyte, "APS1-Fargate-GB-Hours"},
		{"a load balancer, an hour", priceBalancer, "APS1-LoadBalancerUsage"},
		{"a NAT gateway, an hour", priceNATGateway, "APS1-NatGateway-Hours"},
		{"a public IPv4 address, an hour", priceAddress, "APS1-PublicIPv4:InUseAddress"},
		{"a metric of an alarm, a month", priceAlarm, "APS1-CW:AlarmMonitorUsage"},
	} {
		fmt.Fprintf(&out, "| %s | %g | `%s` |\n", p.of, p.price, p.usage)
	}
	return out.String()
}

// alarmMetrics are the metrics that an alarm looks at; expressions over them are free.
func alarmMetrics(properties map[string]any) (n float64) {
	list, ok := properties["Metrics"].([]any)
	if !ok {
		return 1
	}
	for _, m := range list {
		if _, metric := m.(map[string]any)["MetricStat"]; metric {
			n++
		}
	}
	return n
}

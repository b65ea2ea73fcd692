package elb

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/balancer"
)

// Table is what the load balancers do with requests, those to targets that somebody asks ([Service.Probe]): there is nothing
// behind the others. It changes nothing.
func (s *Service) Table() balancer.Table {
	var t balancer.Table
	listeners := slices.SortedFunc(s.state.Listeners.Values(), func(a, b *listenerRecord) int { return cmp.Compare(a.Seq, b.Seq) })
	for _, r := range listeners {
		lb := s.state.LoadBalancers.Look(r.Listener.LoadBalancerArn)
		if lb == nil || (r.Listener.Protocol != "HTTP" && r.Listener.Protocol != "HTTPS") {
			continue
		}
		l := balancer.Listener{
			Key: r.Listener.ListenerArn, LoadBalancer: after(lb.LoadBalancer.LoadBalancerArn, ":loadbalancer/"), Port: r.Listener.Port,
			HTTPS: r.Listener.Protocol == "HTTPS", Attributes: tableAttributes(lb.Attributes, r.Attributes), Default: tableAction(r.Listener.DefaultActions),
		}
		for _, rule := range s.tried(r.Listener.ListenerArn) {
			l.Rules = append(l.Rules, balancer.Rule{Priority: rule.Priority, Conditions: tableConditions(rule.Rule.Conditions), Action: tableAction(rule.Rule.Actions)})
		}
		t.Listeners = append(t.Listeners, l)
	}
	for arn, g := range s.state.TargetGroups.All() {
		t.Groups = append(t.Groups, s.tableGroup(arn, g))
	}
	return t
}

func (s *Service) tableGroup(arn string, r *targetGroupRecord) balancer.Group {
	g := balancer.Group{ARN: arn, HTTPS: r.TargetGroup.Protocol == "HTTPS", Algorithm: r.Attributes["load_balancing.algorithm.type"]}
	if r.Attributes["stickiness.enabled"] == "true" {
		kind := r.Attributes["stickiness.type"]
		g.Sticky.Duration = inSeconds(r.Attributes["stickiness."+kind+".duration_seconds"])
		if kind == "app_cookie" {
			g.Sticky.AppCookie = r.Attributes["stickiness.app_cookie.cookie_name"]
		}
	}
	states := map[string]balancer.State{"initial": balancer.Initial, "healthy": balancer.Healthy, "unhealthy": balancer.Unhealthy, "draining": balancer.Draining}
	for _, key := range slices.Sorted(maps.Keys(r.Targets)) {
		t := r.Targets[key]
		ip, err := netip.ParseAddr(t.IP)
		state, known := states[t.Health.State]
		if err == nil && known && s.state.Probed.Has(t.IP) {
			g.Targets = append(g.Targets, balancer.Target{Address: netip.AddrPortFrom(ip, uint16(t.Port)), State: state})
		}
	}
	return g
}

func inSeconds(text string) time.Duration {
	n, _ := strconv.Atoi(text) // it was checked when it was set
	return time.Duration(n) * time.Second
}

func tableAttributes(lb, l map[string]string) balancer.Attributes {
	a := balancer.Attributes{
		Idle: inSeconds(lb["idle_timeout.timeout_seconds"]), KeepAlive: inSeconds(lb["client_keep_alive.seconds"]),
		DropInvalidHeaders: lb["routing.http.drop_invalid_header_fields.enabled"] == "true", PreserveHost: lb["routing.http.preserve_host_header.enabled"] == "true",
		ForwardedFor: lb["routing.http.xff_header_processing.mode"], ForwardedForPort: lb["routing.http.xff_client_port.enabled"] == "true",
		HideServer: l["routing.http.response.server.enabled"] == "false", ResponseHeaders: map[string]string{},
	}
	for key, value := range l {
		name, is := strings.CutPrefix(key, "routing.http.response.")
		if name, sets := strings.CutSuffix(name, ".header_value"); is && sets && value != "" {
			a.ResponseHeaders[strings.ReplaceAll(name, "_", "-")] = value
		}
	}
	return a
}

func tableAction(actions []action) balancer.Action {
	for _, a := range actions {
		switch a.Type {
		case "forward":
			f := &balancer.Forward{}
			switch {
			case a.ForwardConfig != nil:
				for _, t := range a.ForwardConfig.TargetGroups {
					weight := 1
					if t.Weight != nil {
						weight = *t.Weight
					}
					f.Groups = append(f.Groups, balancer.Weighted{Group: t.TargetGroupArn, Weight: weight})
				}
				if c := a.ForwardConfig.TargetGroupStickinessConfig; c != nil && c.Enabled && c.DurationSeconds != nil {
					f.Sticky = time.Duration(*c.DurationSeconds) * time.Second
				}
			default:
				f.Groups = []balancer.Weighted{{Group: a.TargetGroupArn, Weight: 1}}
			}
			return balancer.Action{Forward: f}
		case "redirect":
			if c := a.RedirectConfig; c != nil {
				status := 302
				if c.StatusCode == "HTTP_301" {
					status = 301
				}
				return balancer.Action{Redirect: &balancer.Redirect{Protocol: c.Protocol, Host: c.Host, Port: c.Port, Path: c.Path, Query: c.Query, Status: status}}
			}
		case "fixed-response":
			if c := a.FixedResponseConfig; c != nil {
				status, _ := strconv.Atoi(c.StatusCode)
				return balancer.Action{Fixed: &balancer.Fixed{Status: status, ContentType: c.ContentType, Body: c.MessageBody}}
			}
		}
	}
	return balancer.Action{}
}

func tableConditions(list []condition) []balancer.Condition {
	var all []balancer.Condition
	for _, c := range list {
		t := balancer.Condition{Field: c.Field}
		if c.QueryStringConfig != nil {
			for _, p := range c.QueryStringConfig.Values {
				t.Pairs = append(t.Pairs, balancer.Pair{Key: p.Key, Value: p.Value})
			}
		} else {
			t.Values, t.Regexes = c.values()
		}
		if c.HttpHeaderConfig != nil {
			t.Header = c.HttpHeaderConfig.HttpHeaderName
		}
		all = append(all, t)
	}
	return all
}

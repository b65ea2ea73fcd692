// Package program is what the containers of the embedded ECS run: the seam between the life of a task, which package
// ecs knows, and what happens in its containers.
//
// It knows the interface [Program], what a program is told of its container ([Container]) and can do there ([Task]),
// and the behaviours that can be rehearsed, each in a file of its own, in one table ([Behaviours]). Reading a
// scenario, refusing one and the table of the guide are made from that. A program that is not rehearsed is taken to
// start, to listen on its ports, to answer with 200 and to end with exit code 0 soon after SIGTERM. Nothing is
// executed: log lines that stand for a program's own are marked "[embedded AWS]".
//
// It does not know services, deployments, load balancers or states of tasks, keeps nothing and asks nobody. It may be
// imported by ecs, which gives programs their tasks, and by awslocal, which reads scenarios.
//
// Imported by awslocal and ecs.
package program

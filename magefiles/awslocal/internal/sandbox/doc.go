// Package sandbox runs programs of images as the containers of a task run on Fargate, on Linux, with nothing but this very executable and
// as an ordinary user: in namespaces of their own, with a root of stacked layers, the image's user and limits.
//
// [Try] finds what the machine allows and says in words what it does not ([Sandbox], [Rung]). A [Task] is a network, from which sockets are
// passed out: connections into it come without a device, a port of the machine or a process that copies. A [Container] is a program in a task.
// Everything ends with the process that made it, however that ends.
//
// It is no boundary against hostile programs: they run on the machine's kernel, as the user who started them.
//
// It knows the kernel, and does not know ECS, images, registries or load balancers: it is given folders, an argument vector and numbers of users.
// What happens on the other side of the namespaces is in package boot. Imported by awslocal and supervisor.
package sandbox

// Package boot is the other side of package sandbox: what this very executable does where it is started again to run
// the programs of a task.
//
// Four kinds of process are told apart by their argument 0, which is what `ps` shows:
//
//	splitecs-task    the holder of a task: owns its network, makes sockets in it, starts shims
//	splitecs-shim    beside each container, outside of it: waits for its program, runs commands in it, watches its memory
//	splitecs-init    process 1 of a container that asks for one: passes signals on and reaps
//	splitecs-entry   the last step: builds the container's root or enters it, gives up every privilege, becomes the program
//
// A fifth, splitecs-settle, is the first process of a container in which this executable is to run, on a machine whose kernel lets it make none of these
// outside.
//
// A process of these never returns from this package's initialisation, so that nothing else of the executable is
// initialised in it. The package imports the standard library alone, and little of it: Go initialises a package as soon as what
// it imports is there, in the order of import paths, so that these processes cost the initialisation of a few packages and
// not that of every one (https://go.dev/ref/spec#Program_initialization). Every other process pays for one comparison.
//
// It knows the kernel: namespaces, mounts, capabilities, signals. It does not know tasks of ECS, images, AWS or who started it, and
// reads no file and no variable of the user. Imported by sandbox.
package boot

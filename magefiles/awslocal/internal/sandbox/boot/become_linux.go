//go:build amd64 || arm64

package boot

import (
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

// become the program. It comes back only with what hinders it.
func become(p *Process, first bool) *Failure {
	signal.Notify(make(chan os.Signal, 1)) // what was ignored is caught, and what is caught is as at first after an execution
	for _, l := range p.Ulimits {
		if err := syscall.Setrlimit(l.Resource, &syscall.Rlimit{Cur: l.Soft, Max: l.Hard}); err != nil {
			return failure("set ulimit "+strconv.Itoa(l.Resource), "", err)
		}
	}
	if err := ownOutput(p); err != nil {
		return err
	}
	const joinSessionKeyring = 1
	syscall.Syscall(syscall.SYS_KEYCTL, joinSessionKeyring, 0, 0) // the keys of who started all this; not every machine has keys
	if err := drop(p); err != nil {
		return err
	}
	if first {
		dieWithParent()
	}
	syscall.Umask(0o022)
	if err := syscall.Chdir(p.Dir); err != nil {
		return &Failure{Errno: errno(err), Path: p.Dir, Reason: "chdir to cwd (" + strconv.Quote(p.Dir) + ") set in config.json failed: " + err.Error()}
	}
	file, failed := lookUp(p)
	if failed != nil {
		return failed
	}
	// From here on it is as if the program had started and ended: another architecture and an interpreter that is missing show
	// themselves only now, in the container's own output.
	syscall.CloseOnExec(entryVerdict)
	err := syscall.Exec(file, p.Argv, p.Env)
	syscall.Close(entryVerdict)
	os.Stderr.WriteString("exec " + file + ": " + err.Error() + "\n")
	os.Exit(255)
	return nil
}

// ownOutput gives the program the pipes of its output, so that it can open /dev/stdout, as runc does.
func ownOutput(p *Process) *Failure {
	for fd := range firstPassed {
		var st syscall.Stat_t
		if err := syscall.Fstat(fd, &st); err != nil {
			return failure("look at the output", "", err)
		}
		if st.Mode&syscall.S_IFMT != syscall.S_IFIFO || p.UID == 0 || p.Apart {
			continue
		}
		if err := syscall.Fchown(fd, p.UID, -1); err != nil {
			return failure("give the program its output", "", err)
		}
	}
	return nil
}

// lookUp finds the program as runc does, and says in its words what hinders an execution before it is tried.
func lookUp(p *Process) (file string, f *Failure) {
	if len(p.Argv) == 0 || p.Argv[0] == "" {
		return "", &Failure{Errno: syscall.ENOENT, Reason: "no command specified"}
	}
	name := p.Argv[0]
	says := func(err syscall.Errno, text string) *Failure {
		return &Failure{Errno: err, Path: name, Reason: "exec: " + strconv.Quote(name) + ": " + text}
	}
	if strings.Contains(name, "/") {
		if err := executable(name); err != 0 {
			if err == syscall.ENOENT || err == syscall.ENOTDIR {
				return "", says(err, "stat "+name+": "+err.Error())
			}
			return "", says(err, err.Error())
		}
		return name, nil
	}
	found := syscall.ENOENT
	for _, folder := range strings.Split(variable(p.Env, "PATH"), ":") {
		if folder == "" {
			folder = "."
		}
		file := strings.TrimRight(folder, "/") + "/" + name
		err := executable(file)
		if err == 0 {
			return file, nil
		}
		if err == syscall.EACCES {
			found = err
		}
	}
	if found == syscall.EACCES {
		return "", says(found, "permission denied")
	}
	return "", says(found, "executable file not found in $PATH")
}

// executable tells whether this user can execute a file: 0, or why not.
func executable(file string) syscall.Errno {
	var st syscall.Stat_t
	if err := syscall.Stat(file, &st); err != nil {
		return errno(err)
	}
	if st.Mode&syscall.S_IFMT == syscall.S_IFDIR {
		return syscall.EISDIR
	}
	const execute = 1
	return errno(syscall.Access(file, execute))
}

// variable of an environment; the last one counts.
func variable(env []string, name string) (value string) {
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			value = v
		}
	}
	return value
}

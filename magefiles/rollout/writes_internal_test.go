package rollout

import (
	"strings"
	"testing"
	"time"
)

// lines of programs that end because a write failed, and of others. The folder is what has to be writable.
var writes = []struct {
	log      string
	folder   string
	readOnly string // signature where the root filesystem is read-only
	writable string // where it is not
}{
	// Node
	{"Error: ENOENT: no such file or directory, mkdir '/app/db'", "/app/db", "read-only", "file-missing"},
	{"Failed to update prerender cache for /isr2/zz Error: ENOENT: no such file or directory, mkdir '/app/.next/server/route-cache'", "/app/.next/server/route-cache", "read-only", "file-missing"},
	{`{"level":60,"msg":"ENOENT: no such file or directory, mkdir '/app/db'"}`, "/app/db", "read-only", "file-missing"},
	{"Error: ENOENT: no such file or directory, mkdtemp '/tmp/x-XXXXXX'", "/tmp/x-XXXXXX", "read-only", "file-missing"},
	{"Error: EACCES: permission denied, mkdir '/app/db'", "/app/db", "read-only", "not-writable"},
	{"Error: EROFS: read-only file system, mkdir '/app/.next/cache'", "/app/.next/cache", "read-only", "read-only"},
	{"Error: EROFS: read-only file system, open '/app/data/x.json'", "/app/data", "read-only", "read-only"},
	{"Error: EACCES: permission denied, unlink '/app/data/x'", "/app/data", "read-only", "not-writable"},
	{"Error: EACCES: permission denied, rename '/app/a/x' -> '/app/b/y'", "/app/b", "read-only", "not-writable"},
	{"Error: EROFS: read-only file system, copyfile '/app/a' -> '/app/out/b'", "/app/out", "read-only", "read-only"},
	{"Error: EACCES: permission denied, open '/app/logs/web.log'", "/app/logs", "read-only", "not-writable"},
	{"Error: EACCES: permission denied, mkdir 'db'", "", "read-only", "not-writable"},
	{"SqliteError: attempt to write a readonly database\n    at /app/server.js:3", "", "read-only", "not-writable"},
	{"npm error code EROFS\nnpm error syscall mkdir\nnpm error path /root/.npm\nnpm error rofs EROFS: read-only file system, mkdir '/root/.npm'", "", "read-only", "read-only"},
	{"npm error code EACCES\nnpm error syscall mkdir\nnpm error Error: EACCES: permission denied, mkdir '/.npm'", "/.npm", "read-only", "not-writable"},
	{"Error: ENOENT: no such file or directory, open '/app/config.json'", "", "file-missing", "file-missing"},
	{"Error: ENOENT: no such file or directory, stat '/app/public'", "", "file-missing", "file-missing"},
	{"Error: ENOENT: no such file or directory, scandir '/app/mkdir'", "", "file-missing", "file-missing"},
	{"Error: ENOENT: no such file or directory, unlink '/app/x'", "", "file-missing", "file-missing"},
	{"Error: ENOENT: no such file or directory, copyfile '/app/x' -> '/tmp/y'", "", "file-missing", "file-missing"},
	{"Error: EACCES: permission denied, open '/app/data'", "", "file-denied", "file-denied"},
	{"Error: EACCES: permission denied, scandir '/app/data'", "", "file-denied", "file-denied"},
	{"Error: listen EACCES: permission denied 0.0.0.0:80", "", "file-denied", "file-denied"},
	{"Error: spawn /app/mkdir EACCES", "", "file-denied", "file-denied"},
	{"Error: connect EACCES /var/run/docker.sock", "", "file-denied", "file-denied"},
	{"Error: Cannot find module '/app/mkdir/index.js'", "", "module-missing", "module-missing"},
	// Python
	{"OSError: [Errno 30] Read-only file system: '/app/data/x'", "/app/data", "read-only", "read-only"},
	{"    os.makedirs(path)\nPermissionError: [Errno 13] Permission denied: '/app/data'", "/app/data", "read-only", "not-writable"},
	{"    with open('/app/data/out.txt', 'w') as f:\nPermissionError: [Errno 13] Permission denied: '/app/data/out.txt'", "/app/data", "read-only", "not-writable"},
	{"    with open('/app/secret') as f:\nPermissionError: [Errno 13] Permission denied: '/app/secret'", "", "file-denied", "file-denied"},
	{"FileNotFoundError: [Errno 2] No usable temporary directory found in ['/tmp', '/var/tmp', '/usr/tmp', '/app']", "/tmp", "read-only", "read-only"},
	{"FileNotFoundError: [Errno 2] No such file or directory: '/app/x.yml'", "", "file-missing", "file-missing"},
	{"sqlite3.OperationalError: attempt to write a readonly database", "", "read-only", "not-writable"},
	// Java
	{"java.nio.file.FileSystemException: /app/logs: Read-only file system", "/app", "read-only", "read-only"},
	{"Caused by: java.nio.file.ReadOnlyFileSystemException", "", "read-only", "read-only"},
	{"java.nio.file.AccessDeniedException: /app/logs\n\tat java.nio.file.Files.createDirectories(Files.java:732)", "/app/logs", "read-only", "not-writable"},
	{"java.nio.file.AccessDeniedException: /app/x.out\n\tat java.nio.file.Files.newOutputStream(Files.java:228)", "/app", "read-only", "not-writable"},
	{"java.io.FileNotFoundException: /app/logs/app.log (Permission denied)", "/app/logs", "read-only", "not-writable"},
	{"java.io.FileNotFoundException: /app/logs/out (Permission denied)\n\tat java.io.FileOutputStream.open0(Native Method)", "/app/logs", "read-only", "not-writable"},
	{"java.io.FileNotFoundException: /app/logs/app.log (Read-only file system)", "/app/logs", "read-only", "read-only"},
	{"Unable to create tempDir. java.io.tmpdir is set to /tmp", "/tmp", "read-only", "not-writable"},
	// Go
	{"2026/11/30 08:00:00 mkdir /app/x: read-only file system", "/app/x", "read-only", "read-only"},
	{"panic: open /app/x/y: read-only file system", "/app/x", "read-only", "read-only"},
	{"mkdir /app/x: permission denied", "/app/x", "read-only", "not-writable"},
	{"rename /app/x/a /app/x/b: permission denied", "/app/x", "read-only", "not-writable"},
	{"open /app/x/web.pid: permission denied", "/app/x", "read-only", "not-writable"},
	{"open /etc/web.yaml: permission denied", "", "file-denied", "file-denied"},
	{"mkdir /app/a/b: no such file or directory", "", "file-missing", "file-missing"},
	{"open /etc/web.yaml: no such file or directory", "", "file-missing", "file-missing"},
	// Ruby, PHP, Rust, .NET, Elixir
	{"Errno::EROFS: Read-only file system @ dir_s_mkdir - /app/tmp/pids", "/app/tmp/pids", "read-only", "read-only"},
	{"Permission denied @ dir_s_mkdir - /app/tmp (Errno::EACCES)", "/app/tmp", "read-only", "not-writable"},
	{"Permission denied @ rb_sysopen - /app/log/production.log (Errno::EACCES)", "/app/log", "read-only", "not-writable"},
	{"Permission denied @ rb_sysopen - /app/config/master.key (Errno::EACCES)", "", "file-denied", "file-denied"},
	{"PHP Warning:  mkdir(): Permission denied in /var/www/index.php on line 3", "", "read-only", "not-writable"},
	{"file_put_contents(/var/www/storage/logs/x): Failed to open stream: Permission denied in /var/www/index.php:3", "/var/www/storage/logs", "read-only", "not-writable"},
	{`The stream or file "/var/www/storage/logs/laravel.log" could not be opened in append mode: Failed to open stream: Permission denied`, "/var/www/storage/logs", "read-only", "not-writable"},
	{"Error: Read-only file system (os error 30)", "", "read-only", "read-only"},
	{"System.IO.IOException: Read-only file system : '/app/x/y'", "/app/x", "read-only", "read-only"},
	{"System.UnauthorizedAccessException: Access to the path '/app/logs' is denied.\n   at System.IO.Directory.CreateDirectory(String path)", "/app/logs", "read-only", "not-writable"},
	{"** (File.Error) could not make directory (with -p) \"/app/x\": permission denied", "/app/x", "read-only", "not-writable"},
	// Servers and shells
	{`nginx: [emerg] mkdir() "/var/cache/nginx/client_temp" failed (30: Read-only file system)`, "/var/cache/nginx/client_temp", "read-only", "read-only"},
	{`nginx: [emerg] mkdir() "/var/cache/nginx/client_temp" failed (13: Permission denied)`, "/var/cache/nginx/client_temp", "read-only", "not-writable"},
	{`nginx: [emerg] open() "/run/nginx.pid" failed (13: Permission denied)`, "/run", "read-only", "not-writable"},
	{`nginx: [emerg] open() "/etc/nginx/nginx.conf" failed (13: Permission denied)`, "", "file-denied", "file-denied"},
	{"mkdir: cannot create directory '/x': Permission denied", "/x", "read-only", "not-writable"},
	{"mkdir: can't create directory '/x/y': Read-only file system", "/x/y", "read-only", "read-only"},
	{"touch: cannot touch '/app/x': Permission denied", "/app", "read-only", "not-writable"},
	{"cp: cannot create regular file '/app/conf/x': Permission denied", "/app/conf", "read-only", "not-writable"},
	{"/entrypoint.sh: line 3: can't create /app/conf/x: Permission denied", "/app/conf", "read-only", "not-writable"},
	{"cat: /app/secret: Permission denied", "", "file-denied", "file-denied"},
	// Others' permissions
	{"ERROR: permission denied for table users; could not write event", "", "file-denied", "file-denied"},
	{"failed to write event: ERROR: permission denied for table events", "", "file-denied", "file-denied"},
	{"/app/server.js: write failed: ERROR: permission denied for table events", "", "file-denied", "file-denied"},
	{"write to bucket failed: Permission denied", "", "file-denied", "file-denied"},
	{"ERROR: cannot execute INSERT in a read-only transaction", "", "exited-at-start", "exited-at-start"},
	{"READONLY You can't write against a read only replica.", "", "exited-at-start", "exited-at-start"},
}

func endedWith(log string, f *Filesystem) Evidence {
	e := exited(1, strings.Split(log, "\n")...)
	e.Stopped[0].Container = "app"
	if f != nil {
		e.Filesystems = map[string]Filesystem{"app": *f}
	}
	return e
}

func TestWritesThatFail(t *testing.T) {
	for _, c := range writes {
		for f, want := range map[*Filesystem]string{{ReadOnlyRoot: true}: c.readOnly, {User: "1000:1000"}: c.writable} {
			v := Judge(endedWith(c.log, f))
			if v.Signature != want {
				t.Errorf("read-only %t: %s: got %s, want %s", f.ReadOnlyRoot, c.log, v.Signature, want)
			}
			if strings.Contains(c.log, "mkdir '") && strings.Contains(v.Advice, "add the file") {
				t.Errorf("%s: %s", c.log, v.Advice)
			}
			if c.folder != "" && (want == "read-only" || want == "not-writable") && !strings.Contains(v.Advice, " "+c.folder+" ") {
				t.Errorf("%s: %s does not name %s", c.log, v.Advice, c.folder)
			}
		}
	}
}

func TestTheAdviceOfAWriteThatFails(t *testing.T) {
	node := "Error: EACCES: permission denied, mkdir '/app/db/x'"
	for name, c := range map[string]struct {
		log          string
		f            *Filesystem
		want, advice string
	}{
		"a read-only root": {node, &Filesystem{ReadOnlyRoot: true}, "read-only", "name /app/db/x in Container.WritablePaths (it begins empty), or set Container.WritableRootFilesystem"},
		"a volume of root": {node, &Filesystem{ReadOnlyRoot: true, User: "1000", Volumes: []string{"/tmp", "/app/db"}}, "not-writable",
			"let the image declare the volume /app/db and give the folder to Container.User (1000): a volume that it does not declare belongs to root"},
		"any file of a volume": {"Error: EACCES: permission denied, open '/app/db/settings.json'", &Filesystem{ReadOnlyRoot: true, Volumes: []string{"/app/db"}}, "not-writable",
			"let the image declare the volume /app/db and give the folder to Container.User: a volume that it does not declare belongs to root"},
		"a folder beside a volume": {"Error: EACCES: permission denied, mkdir '/app/dbs'", &Filesystem{ReadOnlyRoot: true, Volumes: []string{"/app/db"}}, "read-only", "name /app/dbs in Container.WritablePaths (it begins empty), or set Container.WritableRootFilesystem"},
		"a writable root":          {node, &Filesystem{User: "node"}, "not-writable", "give /app/db/x to Container.User (node) in the image, or name it in Container.WritablePaths"},
		"a definition not seen":    {"Error: ENOENT: no such file or directory, mkdir '/app/db'", nil, "read-only", "name /app/db in Container.WritablePaths (it begins empty), or set Container.WritableRootFilesystem"},
		"no folder above it":       {"Error: ENOENT: no such file or directory, mkdir '/app/a/b'", &Filesystem{}, "file-missing", "let the program make /app/a/b with the folders above it, or make these in the image"},
		"pages of Next.js": {"Failed to update prerender cache Error: ENOENT: no such file or directory, mkdir '/app/.next/server/app/docs/x.segments'", &Filesystem{ReadOnlyRoot: true}, "read-only",
			"set experimental.isrFlushToDisk to false in next.config.js: the pages of the image are in /app/.next/server/app, where a volume would hide them"},
		"pages in distDir": {"Failed to update prerender cache Error: ENOENT: no such file or directory, mkdir '/app/apps/web/build/server/app/docs'", &Filesystem{ReadOnlyRoot: true}, "read-only",
			"set experimental.isrFlushToDisk to false in next.config.js: the pages of the image are in /app/apps/web/build/server/app, where a volume would hide them"},
		"the program's own folder": {"OSError: [Errno 30] Read-only file system: '/app/x'", &Filesystem{ReadOnlyRoot: true}, "read-only",
			"let the program write to a folder of its own, and name that in Container.WritablePaths; a volume over /app would hide what the image has there"},
		"no path": {"SqliteError: attempt to write a readonly database", &Filesystem{ReadOnlyRoot: true}, "read-only", "name the folder in Container.WritablePaths, or set Container.WritableRootFilesystem"},
	} {
		if v := Judge(endedWith(c.log, c.f)); v.Signature != c.want || v.Advice != c.advice {
			t.Errorf("%s: %s: %s", name, v.Signature, v.Advice)
		}
	}
}

// What the new revision's definition says does not hold for a task of the old one.
func TestTheFilesystemOfAnotherRevision(t *testing.T) {
	e := endedWith("Error: EACCES: permission denied, mkdir '/app/db'", &Filesystem{ReadOnlyRoot: true})
	e.Revision, e.Stopped[0].Revision = "web:2", "web:1"
	if v := Judge(e); v.Signature != "not-writable" {
		t.Errorf("%s", v.Signature)
	}
}

// A program that is killed after it was asked to stop was not short of memory.
func TestKilledOnRequest(t *testing.T) {
	for code, want := range map[string]string{
		"EssentialContainerExited": "killed", "": "killed",
		"UserInitiated": "unknown", "SpotInterruption": "spot", "TerminationNotice": "maintenance", "ServiceSchedulerInitiated": "unknown",
	} {
		reason := map[string]string{"SpotInterruption": "Your Spot Task was interrupted.", "TerminationNotice": "ECS is performing maintenance on the underlying infrastructure hosting the task."}[code]
		v := Judge(Evidence{Stopped: []Task{{Code: code, Reason: reason, Exit: new(int32(137)), Ran: time.Minute}}})
		if v.Signature != want {
			t.Errorf("%s: %s, want %s", code, v.Signature, want)
		}
		if want != "killed" && strings.Contains(v.Advice, "Memory") {
			t.Errorf("%s: %s", code, v.Advice)
		}
	}
}

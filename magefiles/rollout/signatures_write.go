package rollout

import (
	"slices"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// byWrite recognises programs that ended because a write failed.
func byWrite(name string, when func(clue) bool, sees, what, advice string, remedy func(clue) string) signature {
	return signature{
		name: name, source: fromTask, when: func(c clue) bool { return c.ended() && when(c) }, sees: sees, what: what, likely: ofProgram,
		detail: func(c clue) string { return c.write().line + ended(c) },
		advice: advice, remedy: remedy, look: lookLog, page: pageStopped,
	}
}

// deniedLine is a line of a log that says so.
var deniedLine = lazyregexp.New(`(?im)^.*` + denied + `.*$`)

// write is the one that failed; its zero value where none did. A file of a volume that may not be opened is one too:
// what is there the program has written itself, or wants to.
func (c clue) write() failedWrite {
	if w, failed := writing(c.log); failed {
		return w
	}
	for _, line := range deniedLine.FindAllString(c.log, -1) {
		if p := pathIn(line); p != "" && c.volume(p) != "" {
			return failedWrite{line: line, folder: c.volume(p), why: deniedThere}
		}
	}
	return failedWrite{}
}

// filesystem of the container that failed; known tells whether its definition was seen.
func (c clue) filesystem() (f Filesystem, known bool) {
	if c.seen.Revision != "" && c.task.Revision != "" && c.task.Revision != c.seen.Revision {
		return f, false
	}
	f, known = c.seen.Filesystems[c.task.Container]
	return f, known
}

// volume in which a path is; empty where it is in none.
func (c clue) volume(p string) string {
	f, _ := c.filesystem()
	if i := slices.IndexFunc(f.Volumes, func(v string) bool { return under(v, p) }); i >= 0 {
		return f.Volumes[i]
	}
	return ""
}

// onReadOnlyRoot tells whether a write failed because the root filesystem is read-only. Where that was not seen, it is
// taken to be, as it is by default, for a mkdir to which that alone gives ENOENT.
func onReadOnlyRoot(c clue) bool {
	w := c.write()
	f, known := c.filesystem()
	switch {
	case w.line == "":
		return false
	case w.why == readOnlyThere:
		return true
	case known:
		return f.ReadOnlyRoot && c.volume(w.folder) == ""
	}
	return w.why == absentThere
}

// onForeignFolder tells whether a write failed because the folder is another user's.
func onForeignFolder(c clue) bool {
	w := c.write()
	return w.line != "" && w.why == deniedThere && !onReadOnlyRoot(c)
}

// nextPages is where a Next.js build has its pages, and where some versions write those that they make again.
var nextPages = lazyregexp.New(`^.*/\.next/server/(?:app|pages)\b`)

// nextWrites is how Next.js begins to tell of a page that it could not write, wherever distDir has its build.
var (
	nextWrites = lazyregexp.New(`(?i)\bprerender cache\b`)
	anyPages   = lazyregexp.New(`^.*/server/(?:app|pages)\b`)
)

// programs are folders in which images have programs: the default of WorkingDir, and those of systems.
var programs = lazyregexp.New(`^/(?:app|bin|etc|home|lib\w*|opt|root|sbin|srv|usr|usr/\w+)?$`)

// nameFolder is what to do about a read-only folder.
func nameFolder(c clue) string {
	w := c.write()
	folder, pages := w.folder, nextPages
	if nextWrites.MatchString(w.line) {
		pages = anyPages
	}
	switch {
	case pages.MatchString(folder):
		return "set experimental.isrFlushToDisk to false in next.config.js: the pages of the image are in " + pages.FindString(folder) + ", where a volume would hide them"
	case programs.MatchString(folder):
		return "let the program write to a folder of its own, and name that in Container.WritablePaths; a volume over " + folder + " would hide what the image has there"
	case folder != "":
		return "name " + folder + " in Container.WritablePaths (it begins empty), or set Container.WritableRootFilesystem"
	}
	return ""
}

// giveFolder is what to do about a folder of another user.
func giveFolder(c clue) string {
	folder := c.write().folder
	user := "Container.User"
	if f, _ := c.filesystem(); f.User != "" {
		user += " (" + f.User + ")"
	}
	switch volume := c.volume(folder); {
	case volume != "":
		return "let the image declare the volume " + volume + " and give the folder to " + user + ": a volume that it does not declare belongs to root"
	case folder != "":
		return "give " + folder + " to " + user + " in the image, or name it in Container.WritablePaths"
	}
	return ""
}

// notMade is a line of a log about a folder that could not be made.
var notMade = lazyregexp.New(`(?im)^.*\bmkdir\b.*no such file or directory.*$|^.*no such file or directory.*\bmkdir\b.*$`)

// missingFolder is a signature of files that are missing, with what to do where it is a folder that could not be made:
// that in which it was to be is not there.
func missingFolder(s signature) signature {
	s.remedy = func(c clue) string {
		line := notMade.FindString(c.log)
		if line == "" {
			return ""
		}
		return "let the program make " + pathIn(line) + " with the folders above it, or make these in the image"
	}
	return s
}

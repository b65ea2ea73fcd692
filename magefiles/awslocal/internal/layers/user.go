package layers

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Errors of [User], in the words of the runtimes: https://github.com/moby/sys/blob/main/user/user.go.
var (
	ErrNoUser  = errors.New("no matching entries in passwd file")
	ErrNoGroup = errors.New("no matching entries in group file")
	ErrRange   = errors.New("uids and gids must be in range 0-2147483647")
)

// User reads who a program is to run as, as Docker reads USER: "", "uid", "name", "uid:gid", "name:group" and mixtures. The
// files are those of the topmost layer that has them; layers are folders, lowest first. A number that has no entry is taken as it
// is, with group 0. Groups that are not named are those of which /etc/group says the user is a member. Home is the entry's, "/"
// where there is none.
//
// Error: [ErrNoUser], [ErrNoGroup], [ErrRange].
func User(layers []string, user string) (o Owner, home string, err error) {
	var s stack
	for _, dir := range layers {
		root, err := os.OpenRoot(dir)
		if err != nil {
			return Owner{}, "", fmt.Errorf("read user of image: %w", err)
		}
		defer root.Close() // read only
		s = append(s, onDisk{root})
	}
	passwd, err := s.lines("etc/passwd")
	if err != nil {
		return Owner{}, "", fmt.Errorf("read user of image: %w", err)
	}
	group, err := s.lines("etc/group")
	if err != nil {
		return Owner{}, "", fmt.Errorf("read user of image: %w", err)
	}
	return userOf(user, passwd, group)
}

// maxAccounts is how large a file of users may be.
const maxAccounts = 16 << 20

// lines of a file, none where it is absent: split at colons.
func (s stack) lines(name string) ([][]string, error) {
	i, at, found, err := s.find(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read /%s: %w", name, err)
	case found.kind != regular: // a pipe would never be read
		return nil, nil
	}
	f, err := s[i].(onDisk).Open(at)
	if err != nil {
		return nil, fmt.Errorf("read /%s: %w", name, err)
	}
	defer f.Close() // read only
	content, err := io.ReadAll(io.LimitReader(f, maxAccounts))
	if err != nil {
		return nil, fmt.Errorf("read /%s: %w", name, err)
	}
	var all [][]string
	for line := range strings.Lines(string(content)) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, strings.Split(line, ":"))
		}
	}
	return all, nil
}

// userOf is the rule of [User]. Its files have name:password:uid:gid:text:home:shell and name:password:gid:member,member.
func userOf(user string, passwd, group [][]string) (o Owner, home string, err error) {
	name, groupName, _ := strings.Cut(user, ":")
	member, home := "", "/"
	if entry := slices.IndexFunc(passwd, func(e []string) bool { return isUser(e, name) }); entry >= 0 {
		e := passwd[entry]
		member, o.UID, o.GID = e[0], number(e, 2), number(e, 3)
		if dir := field(e, 5); dir != "" {
			home = dir
		}
	} else if name != "" {
		if o.UID, err = strconv.Atoi(name); err != nil {
			return Owner{}, "", fmt.Errorf("unable to find user %s: %w", name, ErrNoUser)
		}
	}
	switch {
	case groupName != "":
		entry := slices.IndexFunc(group, func(e []string) bool { return isGroup(e, groupName) })
		if entry >= 0 {
			o.GID = number(group[entry], 2)
		} else if o.GID, err = strconv.Atoi(groupName); err != nil {
			return Owner{}, "", fmt.Errorf("unable to find group %s: %w", groupName, ErrNoGroup)
		}
	case member != "":
		for _, e := range group {
			if slices.Contains(strings.Split(field(e, 3), ","), member) {
				o.Groups = append(o.Groups, number(e, 2))
			}
		}
	}
	for _, id := range append([]int{o.UID, o.GID}, o.Groups...) {
		if id < 0 || id > 1<<31-1 {
			return Owner{}, "", ErrRange
		}
	}
	return o, home, nil
}

// isUser tells whether an entry is meant: what is a number is always taken for one, and nothing means user 0.
func isUser(entry []string, user string) bool {
	if user == "" {
		return number(entry, 2) == 0
	}
	if id, err := strconv.Atoi(user); err == nil {
		return number(entry, 2) == id
	}
	return entry[0] == user
}

func isGroup(entry []string, group string) bool {
	if id, err := strconv.Atoi(group); err == nil {
		return number(entry, 2) == id
	}
	return entry[0] == group
}

func field(entry []string, i int) string {
	if i < len(entry) {
		return entry[i]
	}
	return ""
}

// number of a field, 0 where it is none: so the runtimes read it.
func number(entry []string, i int) int {
	n, err := strconv.Atoi(field(entry, i))
	if err != nil {
		return 0
	}
	return n
}

package image

import "strings"

// usersIn are the numbers of the users of /etc/passwd by their names (passwd(5)).
func usersIn(passwd []byte) map[string]string {
	users := map[string]string{}
	for line := range strings.Lines(string(passwd)) {
		if fields := strings.Split(line, ":"); len(fields) == 7 {
			users[fields[0]] = fields[2]
		}
	}
	return users
}

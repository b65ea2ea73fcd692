package targets

// library is the catalogue of this library alone.
type library []entry

// ours are the targets of this library with the kinds of their arguments, as the root's magefile.go declares them: a test
// compares them. They are written down because a program that looks for methods by reflection keeps every method of
// every type, each operation of each AWS client among them: the compiled magefile was two thirds larger.
// https://go.dev/blog/deadcode
var ours = library{
	own("image:build"),
	own("image:list", placeKind),
	own("image:promote", placeKind, placeKind),
	own("image:push"),
	own("image:save", textKind),
	own("infra:adopt", placeKind),
	own("infra:deploy", placeKind),
	own("infra:destroy", placeKind),
	own("infra:diff", placeKind),
	own("infra:policy", placeKind),
	own("infra:status", placeKind),
	own("infra:synth", placeKind),
	own("local:down"),
	own("local:reset"),
	own("local:serve"),
	own("local:up"),
	own("service:deploy", placeKind),
	own("service:diff", placeKind),
	own("service:exec", placeKind, textKind),
	own("service:history", placeKind),
	own("service:logs", placeKind),
	own("service:prune", placeKind),
	own("service:restart", placeKind),
	own("service:rollback", placeKind),
	own("service:rollbackTo", placeKind, textKind),
	own("service:run", placeKind, textKind),
	own("service:scale", placeKind, numberKind),
	own("service:status", placeKind),
	own("service:synth", placeKind),
	own("service:verify", placeKind),
	own("service:watch", placeKind),
}

func own(name string, kinds ...argumentKind) entry {
	e := entry{name: name, ours: true}
	for _, k := range kinds {
		e.args = append(e.args, argument{kind: k}) // its name is asked for where it is needed
	}
	return e
}

// Package canaries makes texts with credentials that are none, for tests: whatever is written, none of them may be seen
// in it.
//
// It knows the forms of credentials of many makers, and does not know what should hide them. Imported by tests.
package canaries

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
)

// Canary is a text as programs, AWS and people write it, with something confidential in it.
type Canary struct {
	// Marker stands in the text before it: what shows the one and not the other has hidden it.
	Marker string
	Text   string
	// Parts of what is confidential, each of which only this canary has.
	Parts []string
}

// Seen are the parts that can be seen in what was written.
func (c Canary) Seen(written string) (parts []string) {
	for _, p := range c.Parts {
		if strings.Contains(written, p) {
			parts = append(parts, p)
		}
	}
	return parts
}

// names are those of confidential variables, fields, headers and flags.
var names = []string{
	"DB_PASSWORD", "DB_PASS", "SMTP_PASS", "MYSQL_PWD", "PGPASSWORD", "dbPassword", "password", "STRIPE_KEY", "API_KEY", "apiKey", "x-api-key", "SESSION_SECRET", "clientSecret",
	"AUTH_TOKEN", "accessToken", "DATABASE_DSN", "COOKIE_SALT", "BASIC_AUTH", "LICENSE_KEY", "private_key", "AWS_SECRET_ACCESS_KEY", "REDIS_AUTH", "encryptionKey", "jwt", "_authToken",
}

// named are ways to write a name, Ⓝ, and its value, Ⓥ.
var named = []string{
	"Ⓝ=Ⓥ", "export Ⓝ=Ⓥ", "Ⓝ='Ⓥ'", `Ⓝ="Ⓥ"`, "Ⓝ: Ⓥ", "  Ⓝ: Ⓥ", "- Ⓝ: 'Ⓥ'", `{"Ⓝ":"Ⓥ","a":"b"}`, `{"a":{"Ⓝ": "Ⓥ"}}`, `{\"Ⓝ\":\"Ⓥ\",\"a\":\"b\"}`, `{\\\"Ⓝ\\\":\\\"Ⓥ\\\"}`, "{ Ⓝ: 'Ⓥ', a: 1 }",
	"map[Ⓝ:Ⓥ a:b]", "&{a:b Ⓝ:Ⓥ c:d}", "{Ⓝ:Ⓥ}", "Ⓝ => Ⓥ", "Ⓝ := Ⓥ", "Ⓝ = Ⓥ", "INFO {Ⓝ=Ⓥ}", "(Ⓝ=Ⓥ)", "[Ⓝ=Ⓥ, a=b]", "level=info Ⓝ=Ⓥ next=1", `msg="it is Ⓝ=Ⓥ"`, `{"msg":"it is Ⓝ=Ⓥ","a":"b"}`,
	"<Ⓝ>Ⓥ</Ⓝ>", `<Ⓝ lang="en">Ⓥ</Ⓝ>`, "run --Ⓝ Ⓥ --next", "run --Ⓝ=Ⓥ", `["--Ⓝ","Ⓥ","--next"]`, `["run", "--Ⓝ", "Ⓥ"]`, "GET /x?a=b&Ⓝ=Ⓥ&c=d HTTP/1.1", "https://h.example/x?Ⓝ=Ⓥ",
	`{"Name":"Ⓝ","Value":"Ⓥ"}`, `{\"name\":\"Ⓝ\",\"value\":\"Ⓥ\"}`, "{Name:Ⓝ Value:Ⓥ}", "{ name: 'Ⓝ', value: 'Ⓥ' }", "\x1b[32mⓃ\x1b[39m: \x1b[36m'Ⓥ'\x1b[39m", "\x1b[1mⓃ=\x1b[0mⓋ", "connect with Ⓝ=Ⓥ failed",
	`{"value":"Ⓥ","name":"Ⓝ"}`, `{"Ⓝ":{"value":"Ⓥ"}}`, "- name: Ⓝ\n  value: Ⓥ", `"Ⓝ\nⓃ=Ⓥ"`, "/x?state=%7B%22Ⓝ%22%3A%22Ⓥ%22%7D", "Ⓝ:\u00a0Ⓥ",
	"Error: Ⓝ=Ⓥ", "at f (Ⓝ=Ⓥ)", "env: Ⓝ=Ⓥ, LOG=debug", "process.env.Ⓝ = \"Ⓥ\"", "Ⓝ: Ⓥ (from .env)", "'Ⓝ': 'Ⓥ'", "Ⓝ=Ⓥ;a=b", "Ⓝ%3DⓋ", "curl -H 'Ⓝ: Ⓥ' https://h.example", "config.db.Ⓝ=Ⓥ", "a=b,Ⓝ=Ⓥ,c=d",
}

// values are what a person or a generator takes for one; each ① is unique.
var values = []string{"①", "①-①", "pw_①", "①!#%*", "①/①+①==", "Aa1①", "①.①"}

// alone are credentials that need no name. Ⓐ is sixteen capitals, ▒ a line of a private key.
var alone = []string{
	"postgres://app:①@db:5432/shop", "postgres://app:①@①@db/shop", "postgres://app:①/①@db/shop", "redis://:①@cache:6379/0", "amqps://app:①@mq.example:5671/v", "https://①@git.example/x/y.git",
	"https://①:x-oauth-basic@github.com/x/y", "https://ci:①@git.example/x.git?private_token=①", "mongodb+srv://app:①@h1.example,h2.example/db", `{"url":"postgres:\/\/app:①@db\/x"}`, "app:①@tcp(db:3306)/shop",
	"Server=db;Database=shop;User Id=app;Password=①;Encrypt=true", "host=db user=app password=① sslmode=require", "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=①==;EndpointSuffix=core",
	"Authorization: Basic ①==", "Authorization: Bearer ①.①", "authorization: ①", "Proxy-Authorization: Basic ①=", "map[Authorization:[Bearer ①] Accept:[*/*]]", `{"headers":{"authorization":"Bearer ①"}}`,
	`Authorization: Digest username="app", realm="r", nonce="①", response="①"`, "Cookie: sid=①; theme=①", "Set-Cookie: sid=①; Path=/; HttpOnly", `{"cookie":"sid=①; other=①"}`, "curl -u app:① https://h.example",
	"curl -H 'Cookie: sid=①; b=①' https://h.example", "ghp_①①①", "ghs_①①①", "github_pat_①①", "glpat-①①", "sk_" + "live_①①", "sk_" + "test_①①", "rk_" + "live_①①", "whsec_①①", "xo" + "xb-123456789012-①", "xapp-1-①①", "AIza①①①", "npm_①①①",
	"pypi-①①①①", "sk-ant-①①", "sk-proj-①①", "SG.①①.①①", "hvs.①①", "dckr_pat_①①", "hf_①①①", "eyJhbGciOiJIUzI1NiJ9.eyJ①.①", "GOCSPX-①①", "ya29.①①", "https://hooks.slack" + ".com/services/T0/B0/①①", "AKIAⒶ", "id ASIAⒶ.",
	"https://discord.com/api/webhooks/1234/①①", "https://s3.amazonaws.com/b/k?X-Amz-Security-Token=①&X-Amz-Signature=①&x=1", "123456789:AA①①①", "curl https://h.example -H \"Authorization: Bearer ①\"", "login: sent Bearer ①", "API key: ①",
	"mysql -u root -p① shop", "sshpass -p ① ssh h.example", "redis-cli -a ① ping", "docker login -u ci -p ① h.example", "CREATE USER app WITH PASSWORD '①'", "app:①@db.internal:3306/shop", "root:①@/shop?parseTime=true", `x\nghp_①①①`, "?x=%20npm_①①①",
	"-----BEGIN " + "PRIVATE KEY-----\n▒\n▒\n-----END " + "PRIVATE KEY-----", "key: -----BEGIN RSA " + "PRIVATE KEY-----\n▒\n▒", `{"key":"-----BEGIN ` + `PRIVATE KEY-----\n▒\n▒\n-----END ` + `PRIVATE KEY-----\n"}`,
}

// All are the texts of every kind, those with a name under as many of the names as asked for, in an order by chance. Private
// keys alone have several lines.
func All(random *rand.Rand, underNames int) (all []Canary) {
	add := func(text string) {
		c := Canary{Marker: fmt.Sprintf("M%dM", len(all))}
		var b strings.Builder
		for _, r := range c.Marker + " " + text {
			part := ""
			switch r {
			case '①':
				part = "cA9" + letters(random, 11)
				b.WriteString(part)
			case 'Ⓐ':
				part = strings.ToUpper(letters(random, 16))
				b.WriteString(part)
			case '▒':
				line := base64.StdEncoding.EncodeToString([]byte(letters(random, 48)))
				part = line[:20]
				b.WriteString(line)
			default:
				b.WriteRune(r)
				continue
			}
			c.Parts = append(c.Parts, part)
		}
		c.Text = b.String()
		all = append(all, c)
	}
	for _, text := range alone {
		add(text)
	}
	for way, text := range named {
		for i := range underNames {
			value := values[random.IntN(len(values))]
			if strings.ContainsAny(text, "?%") { // encoded, as a query is
				value = "①"
			}
			add(strings.NewReplacer("Ⓝ", names[(way+i*7)%len(names)], "Ⓥ", value).Replace(text))
		}
	}
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// letters are so many letters and digits by chance, without those that look alike.
func letters(random *rand.Rand, n int) string {
	const all = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ234567"
	var b strings.Builder
	for range n {
		b.WriteByte(all[random.IntN(len(all))])
	}
	return b.String()
}

package confidential_test

import (
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/cfn/confidential"
)

// texts have a credential between « and ».
var texts = []string{
	"DB_PASSWORD=«CANARY-db-pw»", `{"password":"«CANARY-json-pw»"}`, `{"password": "«CANARY \"quoted\" pw»", "user":"app"}`,
	`{\"password\":\"«CANARY»\",\"user\":\"app\"}`, `{\\\"password\\\":\\\"«CANARY»\\\"}`, "password: «CANARYpw»", "DB_PASS = '«CANARY pw»'", "x-api-key: «CANARY»", "X-Api-Key:[«CANARY»]",
	"Cookie: «sid=CANARY; theme=dark»", "Set-Cookie: «sid=CANARY; Path=/; HttpOnly»", `"cookie":"«sid=CANARY; a=b»"`, "curl -H 'Cookie: «sid=CANARY; b=c»' https://x",
	"https://«TOKENCANARY9x7»@host/x", "https://«TOKENCANARY9x7:»@host/x", "https://«ghtokenCANARY9x7:x-oauth-basic»@host/x", "postgres://u:«pa@ss-CANARY»@db/x", "postgres://u:«pa/ss?CANARY»@db/x", "postgres://u:«pa@s/s-CANARY»@db/x",
	"redis://:«CANARY»@cache", "amqps://app:«CANARY»@mq:5671/v?x=y", `"url":"postgres:\/\/u:«CANARY»@db\/x"`, "u:«CANARY@x»@tcp(db:3306)/x",
	"GET /login?password=«CANARY»&next=/home 200", "GET /login?user=a&token=«CANARY» HTTP/1.1", "https://x/y?private_token=«CANARY»", "redirect=%2Flogin%3Ftoken%3D«CANARY»",
	"Authorization: Basic «QVdTOnBhc3N3b3Jk»", "authorization: «CANARYraw»", "Proxy-Authorization: Bearer «CANARY.x.y»", `Authorization: Digest «username="a", response="CANARY"»`, "sent Bearer «CANARY9f3a1b7c»",
	"<Password>«CANARY»</Password>", `<add key="x"><apiKey lang="en">«CANARY»</apiKey>`, "login --password «CANARY» --user app", `["--password","«CANARY»","--user"]`, "curl -u app:«CANARY» https://x", "mage --token=«CANARY»",
	`{"Name":"DB_PASS","Value":"«CANARY»"}`, "{Name: DB_PASS, Value: «CANARY»}", "{ name: 'DB_PASS', value: '«CANARY»' }", `{\"Name\":\"DB_PASS\",\"Value\":\"«CANARY»\"}`,
	"map[password:«CANARY» user:app]", "&{User:app Password:«CANARY» Host:db}", "Server=db;Password=«CANARY»;Database=x", "host=db password=«CANARY» user=x", "password => «CANARY»", "password := \"«CANARY»\"",
	"{password: '«CANARY»', user: 'app'}", "env: DB_PASSWORD=«CANARY», LOG_LEVEL=debug", "msg=\"cannot log in: password=«CANARY»\" level=error", "INFO password: «hunterCANARY»",
	"npm_config__authToken=«CANARY»", "//npm.example/:_authToken=«CANARY»", "export PGPASSWORD=«CANARY»; psql", "process.env.STRIPE_KEY = «CANARY»",
	"SecretAccessKey: «wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY»", "tokens: [«\"CANARY\", \"b\"»]", "password=«CANARY{}x»", "DB_PASS=«1234567»", "API key: «CANARY7»", "used secret key: «CANARY7»", "password: «1234»",
	"%22password%22%3A%22«CANARY»%22%2C%22user%22", `out\njwt=«CANARY»`, "x=1%26apikey%3D«CANARY»", "password:\u00a0«CANARY»", "password\u200b=«CANARY»", "DB_PASSWORD ?= «CANARY»", "DB_PASSWORD+=«CANARY»", "secret/db/password: «CANARY4»",
	`{"value":"«CANARY»","name":"DB_PASSWORD"}`, `{"Value":"«CANARY»","Key":"DB_PASSWORD"}`, `{"DB_PASSWORD":{"value":"«CANARY»"}}`, `  "name": "DB_PASS",` + "\n" + `  "value": "«CANARY»"`, "- name: DB_PASS\n  value: «CANARY»", "Name: DB_PASS\nValue: «CANARY»", "name: DB_PASS\nvalue: '«CANARY, word»'", `{"value":"«CANARY, word»","name":"DB_PASSWORD"}`,
	`  "value": "«CANARY»",` + "\n" + `  "name": "DB_PASS"`, `<password value="«CANARY»"/>`, `<db:Password id="1" value="«CANARY»">`,
	"mysql -u root -p«CANARY» shop", "mysqldump -p«CANARY» -uroot shop", "sshpass -p «CANARY» ssh host", "mysql -p«CANARY» -h db shop -protocol", "docker login -p «CANARY» -u ci x -push", "value: «CANARY», key: DB_PASSWORD; kind: x, value: B, key: PORT", "redis-cli -h cache -a «CANARY» ping", "docker login -u ci -p «CANARY» registry.example",
	"CREATE USER app WITH PASSWORD '«CANARY»'", "ALTER ROLE app PASSWORD '«CANARY»';", "CREATE USER 'app'@'%' IDENTIFIED BY '«CANARY»'", "root:«CANARY»@/app?parseTime=true", "app:«CANARY»@db.internal:3306/app", "sent Basic «YXBwOkNBTkFSWQ==»",
	"connect.sid=«CANARY»", "cannot reach postgres://app:«CANARYpw»", "cannot reach postgres://app:«CANARY12»...", "cannot reach redis://:«CANARY»…", "STRIPE_KEY_LIVE=«CANARY»", "OPENAI_KEY_2: «CANARY»", "contraseña=«CANARY»", "mot_de_passe: «CANARY»",
}

func parts(text string) (plain, want, secret string) {
	before, rest, _ := strings.Cut(text, "«")
	secret, after, _ := strings.Cut(rest, "»")
	return before + secret + after, before + confidential.Hidden + after, secret
}

func TestRedact(t *testing.T) {
	for _, text := range texts {
		plain, want, _ := parts(text)
		if got := confidential.Redact(plain); got != want {
			t.Errorf("%s\n got %s\nwant %s", plain, got, want)
		}
		if got := confidential.Redact(want); got != want {
			t.Errorf("the second time, %s became %s", want, got)
		}
	}
}

// A document stays what it is for, whatever its names say.
func TestRedactValues(t *testing.T) {
	document := "      Name: DB_PASSWORD\n      Value: port=3000,secret=237b5db9\n      Password: x\n"
	if got := confidential.RedactValues(document); got != document {
		t.Errorf("got %q", got)
	}
	if got := confidential.RedactValues(document + "      Value: postgres://u:CANARY@db/x\n"); got != document+"      Value: postgres://u:***@db/x\n" {
		t.Errorf("got %q", got)
	}
}

// Colours do not part a name from its value.
func TestRedactWithColours(t *testing.T) {
	for _, text := range []string{"\x1b[32mpassword\x1b[39m: \x1b[36m'CANARY'\x1b[0m", "pass\x1b[1mword=CANARY", `\u001b[32mpassword\u001b[39m: CANARY`, `\x1b[1mpassword\x1b[0m=CANARY`, "\ufffd[32mpassword\ufffd[39m: 'CANARY'", "\x1b[01;31m\x1b[Kpassword\x1b[m\x1b[K: CANARY", "\x1b[31mghp_\x1b[0m" + strings.Repeat("aB3", 12)} {
		if got := confidential.Redact(text); strings.Contains(got, "CANARY") || strings.Contains(got, "aB3") {
			t.Errorf("%q became %q", text, got)
		}
	}
	if text := "\x1b[32mready\x1b[0m on port 3000"; confidential.Redact(text) != text {
		t.Errorf("%q became %q", text, confidential.Redact(text))
	}
}

func TestOrdinaryTextStaysAsItIs(t *testing.T) {
	for _, text := range []string{
		"secret PASSWORD: Secrets Manager has no secret arn:aws:secretsmanager:ap-southeast-1:000000000000:secret:shop/password-a1B2c3",
		`Environments["dev"].Secrets["PASSWORD"]: "arn:aws:secretsmanager:ap-southeast-1:000000000000:secret" is not the full ARN of a secret`,
		"arn:aws:secretsmanager:ap-southeast-1:000000000000:secret:shop/password-AbCdEf:password::",
		"DB_PASSWORD: /shop/dev/password", "get authorization token: AccessDenied", "refuses the program's credentials: [embedded AWS] error: password authentication failed for user \"shop\"", "DATABASE_PASSWORD: Required", "JWT_SECRET: undefined", "JWT_SECRET: [ 'Required' ]",
		"JWT_SECRET: Invalid input: expected string, received undefined", "JsonWebTokenError: jwt malformed", "CredentialsProviderError: Could not load credentials from any providers",
		"Access denied for user 'app'@'db' (using password: YES)", "Unexpected token '<', \"<!DOCTYPE\" is not valid JSON", "    at Object.<anonymous> (/app/token.js:14:11)",
		"Environment[API_KEY]: (hidden) → (hidden)", "max_tokens: 4096", "primary key: id7", "cache key: user:12", "the key: x7", "received signal=15 sig: SIGTERM", "seed: 42", `{"prompt_tokens":12,"completion_tokens":30}`, "tokens: 3", "if (password === undefined)", "Key: Name",
		"https://example.com/a@b", "https://host:8080/a@b", "https://host:443?mail=a@b", "see https://a/:b and c@d", "git clone https://git@github.com/a/b", "ssh://git@github.com/a/b",
		"AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local", "Authorization: AWS4-HMAC-SHA256", "DB_PASSWORD=${DB_PASSWORD}", "--password-stdin registry", "bearer authentication",
		"docker login --password-stdin --username AWS", "sha256:" + strings.Repeat("0123456789abcdef", 4), "aws ecr get-login-password | crane auth login", "secretsmanager:GetSecretValue", "id-token: write",
		`"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"`, "aws secretsmanager put-secret-value --secret-id NAME --secret-string VALUE", "no-secret:denied", "password is wrong", "cannot read secret: AccessDeniedException",
		"PrivateSubnet1: CREATE_COMPLETE", "TokenTable: DELETE_FAILED: table is in use", "PrivateSubnetIds: subnet-0a1b2c, subnet-3d4e5f", "privateSubnets: [ 'subnet-0a1b2c' ]", "password.js:12:3", "auth: user 12 logged in", "auth: 200 OK", "auth: jwt",
		"cookies: enabled", "credentials: include", "authorization: AWS_IAM", "hmac: sha256", "--- PASS: TestLogin (0.1s)", "docker run -u 1000:1000 x", "docker exec --user node:node x", "COOKIE_SAMESITE=lax BCRYPT_SALT_ROUNDS=10", "JWT_EXPIRES_IN=7d",
		"name: LOG_LEVEL\nvalue: debug\nname: DB_PASSWORD", `{"name":"A","value":"x"},{"name":"DB_PASSWORD","valueFrom":"arn:aws:ssm:eu-central-1:000000000000:parameter/x"}`, "app:v1@sha256:" + strings.Repeat("0a", 32), "ls -p /etc && mysql -p", "docker compose -p shop up",
		"Can't resolve '@/components/x' in '/app'", "basic authentication is off", "Basic Information", "cache-key-" + strings.Repeat("0a", 16),
		"POST /oauth/token: 401 Unauthorized", "/password: 12ms", "listening on http://localhost:3000", "on http://0.0.0.0:3000...", "open http://localhost:PORT", "at tcp://0.0.0.0:80,", "http://localhost:${PORT}", "file:///app/x.js:12", "https://[::1]:80", "listening (http://localhost:3000)", "SELECT 1 FROM u WHERE token = $1", "WHERE email = ? AND password = ?", "jwt: malformed", "docker run -p 80:80 mysql -p", "mysql --protocol tcp -P 3306",
	} {
		if got := confidential.Redact(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// A private key that is written line by line is hidden to its end, and what follows is shown.
func TestStream(t *testing.T) {
	body := strings.Repeat("aB3+", 16)
	for name, lines := range map[string][]string{
		"whole":        {"-----BEGIN RSA " + "PRIVATE KEY-----", "Proc-Type: 4,ENCRYPTED", "", body, body, "aB3CANARY=", "-----END RSA " + "PRIVATE KEY-----"},
		"no end":       {"key: -----BEGIN " + "PRIVATE KEY-----", body, "aB3CANARY="},
		"no beginning": {body, "aB3CANARY==", "-----END " + "PRIVATE KEY-----"},
		"named":        {`  "name": "DB_PASS",`, `  "value": "CANARY word"`},
		"block":        {"  DB_PASS: |-", "    CANARY word"},
		"prefixed":     {"| -----BEGIN " + "PRIVATE KEY-----", "| " + body, "| aB3CANARY=", "| -----END " + "PRIVATE KEY-----"},
	} {
		var s confidential.Stream
		var all []string
		for _, line := range lines {
			all = append(all, s.Redact(line))
		}
		all = append(all, s.Redact("the server listens on 3000"))
		got := strings.Join(all, "\n")
		if strings.Contains(got, "CANARY") || strings.Contains(got, "aB3+") || !strings.HasSuffix(got, "\nthe server listens on 3000") {
			t.Errorf("%s:\n%s", name, got)
		}
	}
}

// What has a shape is found behind an escaped character, and what stands before it stays.
func TestRedactBehindAnEscape(t *testing.T) {
	key := "ghp_" + strings.Repeat("aB3", 12)
	for _, before := range []string{`\n`, `\t`, `\u0022`, `\x22`, "%3D", "%20", "_", "=", "«"} {
		if got, want := confidential.Redact("x"+before+key+" "+key+" y"), "x"+before+"*** *** y"; got != want {
			t.Errorf("behind %s: got %s, want %s", before, got, want)
		}
	}
}

func FuzzRedact(f *testing.F) {
	for _, text := range texts {
		plain, _, _ := parts(text)
		f.Add(plain)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ReplaceAll(text, "CANARY9f3a1b7c", "")
		once := confidential.Redact(text)
		if twice := confidential.Redact(once); twice != once {
			t.Errorf("%q became %q, and then %q", text, once, twice)
		}
		// Whatever is around it, a line of its own is hidden.
		if got := confidential.Redact(text + "\nDB_PASSWORD=CANARY9f3a1b7c\n" + text); strings.Contains(got, "CANARY9f3a1b7c") {
			t.Errorf("%q shows %q", text, got)
		}
	})
}

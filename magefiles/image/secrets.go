package image

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// A file is suspected of holding a secret by its name, or by what it begins with. Names are those that programs keep their
// credentials under, and the ones that lists of such names have in common, e.g.
// https://github.com/gitleaks/gitleaks and https://docs.docker.com/build/building/best-practices/#exclude-with-dockerignore.

// secretBases are names of files, in small letters.
var secretBases = set(`
	.npmrc .yarnrc .yarnrc.yml .pnpmrc .netrc _netrc .pgpass pgpass.conf .my.cnf .mylogin.cnf .git-credentials .dockercfg .dockerconfigjson
	.htpasswd .htdigest .pypirc pip.conf pip.ini .condarc nuget.config .sentryclirc .terraformrc terraform.rc credentials.tfrc.json
	.vault-token .vault_pass .vault_pass.txt vault_pass.txt .vault-password .s3cfg .boto .passwd-s3fs rclone.conf .databrickscfg
	.smbcredentials .cifscredentials .ftpconfig sftp-config.json filezilla.xml recentservers.xml winscp.ini .wgetrc .curlrc .lftprc
	.msmtprc .esmtprc .fetchmailrc ngrok.yml .envrc .secret .secrets .credentials kubeconfig k3s.yaml local.settings.json
	wp-config.php localsettings.php rootkey.csv serviceaccountkey.json key4.db logins.json cookies.txt cookies.sqlite dump.rdb
	secring.gpg signing.properties keystore.properties password.txt token.txt .password .token wallet.dat storagestate.json odbc.ini .doppler.yaml
`)

// secretExtensions are endings of names: keys, stores of keys and passwords, states and dumps.
var secretExtensions = set(`
	.pem .key .p8 .p12 .pfx .pkcs12 .jks .bks .keystore .keytab .ppk .kdb .kdbx .psafe3 .agilekeychain .opvault .ovpn .rdp .kubeconfig .env
	.tfstate .tfvars .sql .dump .pgdump .mysqldump .har .secret .secrets .mobileprovision .snk
`)

// secretPlaces are files by the folder that they are in; "*" is every file of the folder.
var secretPlaces = map[string][]string{
	".aws":         {"*"},
	".azure":       {"*"},
	".kube":        {"*"},
	".gnupg":       {"*"},
	".docker":      {"config.json"},
	"containers":   {"auth.json"},
	"gcloud":       {"credentials.db", "access_tokens.db", "credentials", "adc.json"},
	".gem":         {"credentials"},
	".cargo":       {"credentials", "credentials.toml"},
	".m2":          {"settings.xml", "settings-security.xml"},
	".gradle":      {"gradle.properties"},
	".composer":    {"auth.json"},
	".bundle":      {"config"},
	".dbt":         {"profiles.yml"},
	".pulumi":      {"credentials.json"},
	".fly":         {"config.yml"},
	".netlify":     {"config.json"},
	".cloudflared": {"cert.pem"},
	".snowsql":     {"config"},
	".snowflake":   {"config.toml", "connections.toml"},
	".mc":          {"config.json"},
	".streamlit":   {"secrets.toml"},
	"gh":           {"hosts.yml"},
	"hub":          {"hub"},
	".config":      {"hub"},
	".vscode":      {"sftp.json"},
	"doctl":        {"config.yaml"},
	".git":         {"config", "credentials"},
	".hg":          {"hgrc"},
	"kubernetes":   {"admin.conf"},
	"wireguard":    {"*"},
	".auth":        {"*"}, // of Playwright: cookies of who is logged in
	".doppler":     {"*"},
	"keyrings":     {"*"},
}

// dataExtensions are those of files that hold data and not a program: secrets.yaml, and not secrets.ts.
var dataExtensions = set(`.json .json5 .yml .yaml .toml .ini .env .properties .xml .txt .conf .cfg .cnf .csv .tsv .plist .bin .b64 .tfvars .php .bak .old`)

// sampleWords in a name say that nothing real is in the file, and halves that everybody may have.
var sampleWords = set("example examples sample samples template templates tmpl tpl dist defaults schema d spec pub public")

// wrappings are endings of a copy that somebody or a program made of a file.
var wrappings = set(".bak .old .orig .save .swp .backup .copy .gz .bz2 .xz .zst .zip .1 .2 .3")

// migrations are folders whose SQL makes tables, and is no dump of them.
var migrations = lazyregexp.New(`(?:^|/)(?:migrations?|migrate|drizzle|flyway|liquibase|db/changelog)(?:/|$)`)

// translations are folders whose data is what people read: locales/en/credentials.json.
var translations = lazyregexp.New(`(?:^|/)(?:locales?|i18n|lang|languages|messages|translations|intl)/`)

// stems are parts of which each name that tells has one; they are quickly found.
var stems = []string{"secret", "cred", "passw", "account", "adminsdk", "key"}

// telling are words that name what is in a file of data: prod-secrets.yaml, my-service-account.json.
var telling = lazyregexp.New(`(?:^|[._-])(?:secrets?|credentials?|creds|passwords|passwd|service[._-]?account(?:[._-]?key)?|client[._-]secret|` +
	`adminsdk|access[._-]?keys?|api[._-]?keys?|private[._-]?keys?)(?:[._-]|$)`)

func set(words string) map[string]bool {
	all := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		all[word] = true
	}
	return all
}

// secretLooking tells whether a file of this name usually holds a secret. What packages and distributions ship is public
// already. It is asked for each file of each build, and most are in node_modules.
func secretLooking(name string) bool {
	if isDependency(name) {
		return false
	}
	dir, base := path.Split(strings.ToLower(name))
	base = unwrapped(base)
	return nameOfSecret(dir, base) && !isSample(base) && !published.MatchString(name) &&
		(path.Ext(base) != ".sql" || !migrations.MatchString(dir))
}

// nameOfSecret tells it by a name alone, in small letters.
func nameOfSecret(dir, base string) bool {
	folder, ext := path.Base(dir), path.Ext(base)
	if places := secretPlaces[folder]; slices.Contains(places, base) || slices.Contains(places, "*") {
		return true
	}
	switch {
	case base == "":
		return false
	case secretBases[base], secretExtensions[ext], isEnvironment(base), isKeyName(base),
		base[0] == '.' && (strings.HasSuffix(base, "_history") || strings.HasPrefix(base, ".dev.vars")),
		base == "config" && strings.HasSuffix(folder, ".git"),
		strings.Contains(dir, "gcloud/legacy_credentials/"),
		strings.Contains(dir, ".password-store/"),
		strings.Contains(dir, ".ssh/") && base != "known_hosts" && base != "authorized_keys":
		return true
	case dataExtensions[ext] && slices.ContainsFunc(stems, func(s string) bool { return strings.Contains(base, s) }):
		return telling.MatchString(strings.TrimSuffix(base, ext)) && !translations.MatchString(dir)
	}
	return false
}

// unwrapped is the name of what a copy was made of: server.key.bak, dump.sql.gz.
func unwrapped(base string) string {
	for {
		short := strings.TrimRight(base, "~")
		if ext := path.Ext(short); wrappings[ext] {
			short = strings.TrimSuffix(short, ext)
		}
		if short == base || short == "" {
			return base
		}
		base = short
	}
}

// isEnvironment tells whether variables stand in a file: .env, .env.production, .env-prod.
func isEnvironment(base string) bool {
	rest, ok := strings.CutPrefix(base, ".env")
	return ok && (rest == "" || strings.ContainsRune("._-", rune(rest[0])))
}

// isKeyName tells whether a private key of SSH is called so: id_rsa, id_ed25519_deploy, id_ecdsa.old, ssh_host_rsa_key.
func isKeyName(base string) bool {
	for _, algorithm := range []string{"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_xmss"} {
		if rest, ok := strings.CutPrefix(base, algorithm); ok && (rest == "" || strings.ContainsRune("._-", rune(rest[0]))) {
			return true
		}
	}
	return strings.HasPrefix(base, "ssh_host_") && strings.HasSuffix(base, "_key")
}

// isSample tells it by the words of a name.
func isSample(base string) bool {
	words := strings.FieldsFunc(base, func(r rune) bool { return strings.ContainsRune("._- ", r) })
	return slices.ContainsFunc(words, func(w string) bool { return sampleWords[w] })
}

// published are folders of what others have published: libraries, tests with keys included, and what a distribution brings.
var published = lazyregexp.New(`(?:^|/)(?:node_modules|site-packages|dist-packages|lib(?:64)?/(?:python|ruby|perl)[^/]*|pkg/mod|\.cargo/registry|gems)/|` +
	`^(?:usr/(?:lib|share|include)|usr/local/(?:share|include|go)|nix/store|gnu/store)/`)

const (
	// lookedAt is how much of a file is looked at, of one that has at most smallFile bytes.
	lookedAt  = 64 << 10
	smallFile = 1 << 20
)

// privateKey is a private key with what it is made of: a program that reads keys has its first line alone. Line breaks are
// escaped in JSON. https://www.rfc-editor.org/rfc/rfc7468
var privateKey = lazyregexp.New(`-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\s|\\+[nr])*(?:[A-Za-z-]+: [^\r\n\\]{0,200}(?:\s|\\+[nr])+)*[A-Za-z0-9+/=]{16}|` +
	`AGE-SECRET-KEY-1[A-Z0-9]{50}`)

// puttyKey begins a key of PuTTY: https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html
var puttyKey = []byte("PuTTY-User-Key-File-")

// holdsKey tells whether a private key is in the head of a file. Hardly any file has one: the rest is passed over at the
// speed of memory.
func holdsKey(head []byte) bool {
	if bytes.HasPrefix(head, puttyKey) {
		return true
	}
	mark := []byte("KEY")
	for rest := head; ; {
		at := bytes.Index(rest, mark)
		if at < 0 {
			return false
		}
		if before := rest[:at]; bytes.HasSuffix(before, []byte("PRIVATE ")) || bytes.HasSuffix(before, []byte("SECRET-")) {
			return privateKey.Match(head)
		}
		rest = rest[at+len(mark):]
	}
}

// isCertificate tells whether the head of a file in PEM holds what everybody may have, such as certificates, and no key.
func isCertificate(head []byte) bool {
	return bytes.Contains(head, []byte("-----BEGIN ")) && !bytes.Contains(head, []byte("PRIVATE KEY"))
}

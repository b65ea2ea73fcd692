package image

import (
	"strings"
	"testing"
)

// What holds secrets by its name. The first lines are those that a review put into a folder.
func TestNamesOfSecrets(t *testing.T) {
	for name := range strings.FieldsSeq(`
		.env .env.local .npmrc .git-credentials .htpasswd id_rsa server.key cert.pem .aws/credentials .docker/config.json
		sub/.git/config .kube/config .config/gcloud/application_default_credentials.json service-account.json credentials.json secrets.yml secrets.yaml
		terraform.tfstate terraform.tfvars .pypirc .gem/credentials .yarnrc.yml putty.ppk vault.kdbx .vault-token .envrc prod.env .dev.vars
		id_ed25519_deploy id_ecdsa_sk .bash_history .s3cfg .boto rclone.conf wp-config.php local.settings.json dump.sql
		.netrc _netrc .pgpass .my.cnf .dockercfg .dockerconfigjson kubeconfig id_dsa store.p12 store.pfx store.jks release.keystore

		.env.production .env-prod .env_prod .ENV web/.env.local.bak staging.env .dev.vars.production .aws/config .azure/accessTokens.json
		.kube/cache.json admin.kubeconfig etc/kubernetes/admin.conf .config/gcloud/legacy_credentials/a/adc.json .config/gcloud/credentials.db my-service-account.json
		firebase-adminsdk-x1y2z.json app-firebase-adminsdk-abc.json serviceAccountKey.json client_secret_123.apps.json prod-secrets.yaml secrets.json
		secrets.prod.toml credentials.csv user_credentials.xml new_user_credentials.csv accessKeys.csv root_accessKeys.csv rootkey.csv api_keys.json
		passwords.txt .streamlit/secrets.toml prod.auto.tfvars terraform.tfstate.backup terraform.tfstate.1 .terraform.d/credentials.tfrc.json .terraformrc
		.cargo/credentials.toml .m2/settings.xml .gradle/gradle.properties .composer/auth.json NuGet.Config pip.conf .condarc .config/gh/hosts.yml
		.gnupg/secring.gpg .gnupg/private-keys-v1.d/x.key .ssh/id_work .ssh/config ssh_host_rsa_key id_rsa.bak id_rsa~ server.key.old AuthKey_X.p8
		krb5.keytab client.ovpn host.rdp backup.sql.gz db.dump .psql_history .node_repl_history .python_history .zsh_history mirror.git/config
		.hg/hgrc trace.har cookies.txt logins.json master.key config/master.key .vault_pass.txt .ftpconfig .vscode/sftp.json LocalSettings.php wp-config.php.bak
		my.secret etc/ssl/private/snakeoil.key
		password.txt token.txt .token playwright/.auth/user.json storageState.json .doppler/.doppler.yaml .password-store/shop/db.gpg .local/share/keyrings/login.keyring wallet.dat`) {
		if !secretLooking("app/" + name) {
			t.Errorf("%s holds secrets", name)
		}
	}
}

// What only sounds so.
func TestNamesOfNoSecrets(t *testing.T) {
	for name := range strings.FieldsSeq(`
		.env.example .env.sample .env.template .env.defaults .env.d.ts example.env environment.ts env.ts credentials credentials.ts secrets.ts secrets/index.js
		id_rsa.pub id_ed25519_deploy.pub keys.ts key.json keyboard.json monkey.txt tokens.json auth.json locales/en/auth.json locales/en/password.json locales/en/credentials.json messages/secrets.json i18n/api-keys.yaml account.json
		prisma/migrations/1_init/migration.sql drizzle/0000_x.sql schema.sql terraform.tfvars.example secrets.example.yaml secretary.json service.json
		.ssh/known_hosts .ssh/authorized_keys config.json config .config/app/config.json settings.xml README.md server.js package.json history .history_x
		node_modules/x/fixture.pem node_modules/.env lib/python3.12/test/keycert.pem usr/local/lib/python3.12/site-packages/certifi/cacert.pem
		../usr/share/doc/x.key ../usr/lib/ssl/x.pem ../root/go/pkg/mod/x/testdata/key.pem ../etc/apt/trusted.gpg.d/debian.gpg ../etc/passwd ../etc/shadow`) {
		full, system := strings.CutPrefix(name, "../")
		if !system {
			full = "app/" + name
		}
		if secretLooking(full) {
			t.Errorf("%s holds no secrets", full)
		}
	}
}

const body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj"

func TestPrivateKeysInContents(t *testing.T) {
	begin := func(kind string) string { return "-----BEGIN " + kind + "PRIVATE KEY-----" }
	for text, want := range map[string]bool{
		begin("") + "\n" + body:                                               true,
		begin("RSA ") + "\r\n" + body:                                         true,
		begin("OPENSSH ") + "\n" + body:                                       true,
		begin("EC ") + "\n  " + body:                                          true,
		begin("ENCRYPTED ") + "\n" + body:                                     true,
		begin("RSA ") + "\nProc-Type: 4,ENCRYPTED\nDEK-Info: X,1\n\n" + body:  true,
		"-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: x\n\n" + body:        true,
		`{"type":"service_account","private_key":"` + begin("") + `\n` + body: true,
		`KEY="` + begin("") + `\\n` + body:                                    true,
		"PuTTY-User-Key-File-3: ssh-ed25519\n":                                true,
		"AGE-SECRET-KEY-1" + strings.Repeat("Q", 58):                          true,
		`if (pem.startsWith("` + begin("") + `")) {`:                          false,
		`"` + begin("") + `\n" + body + "\n-----END PRIVATE KEY-----"`:        false,
		begin("") + "\n...\n-----END PRIVATE KEY-----":                        false,
		"-----BEGIN PUBLIC KEY-----\n" + body:                                 false,
		"-----BEGIN CERTIFICATE-----\n" + body:                                false,
		"the PRIVATE KEY is elsewhere":                                        false,
	} {
		if holdsKey([]byte(text)) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

func BenchmarkSecretLooking(b *testing.B) {
	names := strings.Fields("app/.next/server/chunks/1234.js app/.next/static/css/0123456789abcdef.css app/public/images/a.webp app/locales/en/account.json app/node_modules/react/index.js")
	for b.Loop() {
		for _, name := range names {
			secretLooking(name)
		}
	}
}

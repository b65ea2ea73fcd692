package awslocal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// accountFile is where a state folder keeps its account, where that is not [AccountID].
const accountFile = "account"

// accountForm is how AWS writes accounts.
var accountForm = lazyregexp.New(`^[0-9]{12}$`)

// NewAccountID is a number for the account of a new state, which hardly any other state has. It begins with 0000, so that people
// see whose it is.
func NewAccountID() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1e8))
	if err != nil {
		panic(err) // it never fails: https://pkg.go.dev/crypto/rand#Reader
	}
	return fmt.Sprintf("0000%08d", n)
}

// AccountOf is the account of a state folder; ok is false where there is no state in it.
func AccountOf(dir string) (id string, ok bool) {
	text, err := os.ReadFile(filepath.Join(dir, accountFile))
	if id := strings.TrimSpace(string(text)); err == nil && accountForm.MatchString(id) {
		return id, true
	}
	_, err = os.Stat(filepath.Join(dir, "state.db"))
	return AccountID, err == nil
}

// settleAccount is the account of a state folder: the one that it has, else the one that is asked for.
func settleAccount(dir, asked string) (string, error) {
	if id, ok := AccountOf(dir); ok || asked == "" || asked == AccountID {
		return id, nil
	}
	if !accountForm.MatchString(asked) {
		return "", fmt.Errorf("%q is not an account: 12 digits", asked)
	}
	f, err := os.OpenFile(filepath.Join(dir, accountFile), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(asked + "\n")
		err = errors.Join(err, f.Close())
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("keep account of the state: %w", err)
	}
	id, _ := AccountOf(dir) // somebody may have been faster
	return id, nil
}

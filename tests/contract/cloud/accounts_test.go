package cloud

import (
	"encoding/base64"
	"net/http"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/contract/cloud/client"
)

// B.2.4, B.2.7: service accounts and their credentials.
var accountClauses = []clause{
	{"B.2.7", stated, "a service account has its client id, id_project, in status.oauthClientId", func(t *trial) {
		account := t.makeAccount()
		t.same("oauthClientId", t.again(account).At("status.oauthClientId"), account.id+"_"+t.cloud.Project)
	}},
	{"B.2.7", stated, "description and enabled of a service account come back", func(t *trial) {
		account := t.again(t.makeAccount())
		t.same("description", account.At("spec.description"), "a test")
		t.same("enabled", account.At("spec.enabled"), true)
	}},
	{"B.2.7", stated, "a PATCH of a service account may name the description alone", func(t *trial) {
		changed := t.accepted(t.patchSpec(t.makeAccount(), obj{"description": "another"}))
		t.same("description", changed.At("spec.description"), "another")
		t.same("enabled", changed.At("spec.enabled"), true)
	}},
	{"B.2.7", stated, "service accounts and credentials are listed", func(t *trial) {
		account, credential, _ := t.makeCredential()
		t.find(t.accepted(t.read(t.collection(accounts))), account.id)
		t.find(t.accepted(t.read(t.collection(credential.kind))), credential.id)
	}},
	{"B.2.7", stated, "a credential without rs256Jwt is accepted, and only the answer of POST has its key", func(t *trial) {
		_, credential, _ := t.makeCredential()
		t.same("privateKeyJwk of GET", t.again(credential).At("status").Member("privateKeyJwk"), client.Value{})
	}},
	{"B.2.4", stated, "the key of a credential is base64 of a JWK with n, e, d, p and q", func(t *trial) {
		_, credential, _ := t.makeCredential()
		decoded, err := base64.StdEncoding.DecodeString(credential.At("status.privateKeyJwk").String())
		t.wants(err == nil && len(decoded) > 0 && decoded[0] == '{', "it is something else")
	}},
	{"B.2.4", stated, "a service account signs in with an assertion, without a scope", func(t *trial) {
		account, _, key := t.makeCredential()
		t.signsIn(account, key)
	}},
	{"B.2.4", stated, "a client id that holds the project twice is refused with 401 invalid_client", func(t *trial) {
		account, _, key := t.makeCredential()
		answer := t.assert(account.id+"_"+t.cloud.Project+"_"+t.cloud.Project, key)
		t.refused(answer, http.StatusUnauthorized)
		t.same("error", answer.JSON.At("error"), "invalid_client")
	}},
	{"B.2.7", stated, "a disabled service account cannot sign in", func(t *trial) {
		account, _, key := t.makeCredential()
		t.signsIn(account, key)
		t.accepted(t.patchSpec(account, obj{"enabled": false}))
		t.signsInNoMore(account, key)
	}},
	{"B.2.7", stated, "a credential is revoked by POST, and nobody signs in with it any more", func(t *trial) {
		account, credential, key := t.makeCredential()
		t.signsIn(account, key)
		revoked := t.accepted(t.call(client.Request{Method: http.MethodPost, Body: obj{"reason": "a test"},
			Path: t.path(credential.kind, credential.id) + "/revoke"}))
		t.isTime("revokedAt", revoked.At("status.revokedAt"))
		t.signsInNoMore(account, key)
	}},
	{"B.2.7", stated, "a credential needs expiresAt", func(t *trial) {
		account := t.makeAccount()
		t.refused(t.try(credentialsOf(account), obj{"accountRef": obj{"fqid": t.ref(account)}, "type": "rs256-jwt"}))
	}},
	{"B.2.7", stated, "credentials have no PATCH", func(t *trial) {
		_, credential, _ := t.makeCredential()
		t.refused(t.patchSpec(credential, obj{"description": "another"}))
	}},
	{"B.2.7", stated, "a deleted credential and a deleted account answer 404", func(t *trial) {
		account, credential, _ := t.makeCredential()
		for _, each := range []object{credential, account} {
			t.accepted(t.delete(each))
			t.gone(each, quick)
		}
	}},
	{"B.3", stated, "service accounts have neither region nor systemLabels", func(t *trial) {
		metadata := t.again(t.makeAccount()).At("metadata")
		t.wants(!metadata.At("region").Exists() && !metadata.At("systemLabels").Exists(), "they have")
		t.wants(uuid.MatchString(metadata.At("uid").String()), "the uid is %s", metadata.At("uid").Text())
		t.isTime("creationTimestamp", metadata.At("creationTimestamp"))
	}},
}

func (t *trial) makeAccount() object {
	t.Helper()
	return t.make(accounts, obj{"description": "a test", "enabled": true})
}

func credentialsOf(account object) kind {
	return kind{"iam", "v1beta1", "serviceAccounts/" + account.id + "/serviceAccountCredentials", "ServiceAccountCredential"}
}

func (t *trial) makeCredential() (account, credential object, key *client.Key) {
	t.Helper()
	account = t.makeAccount()
	credential = t.make(credentialsOf(account), obj{"accountRef": obj{"fqid": t.ref(account)}, "type": "rs256-jwt",
		"expiresAt": time.Now().Add(48 * time.Hour).UTC().Format(time.RFC3339)})
	key, err := client.ParseKey(credential.At("status.privateKeyJwk").String())
	t.wants(err == nil, "the key: %v", err)
	return account, credential, key
}

// assert signs in with an assertion.
func (t *trial) assert(clientID string, key *client.Key) client.Answer {
	t.Helper()
	form, err := t.cloud.AssertionForm(clientID, key)
	if err != nil {
		t.Fatal(err)
	}
	return t.grant(form)
}

// signsIn waits until the account signs in, since a real cloud takes a moment.
func (t *trial) signsIn(account object, key *client.Key) {
	t.Helper()
	t.eventually(quick, "signs in", func() bool {
		return t.assert(account.At("status.oauthClientId").String(), key).JSON.At("access_token").String() != ""
	})
}

func (t *trial) signsInNoMore(account object, key *client.Key) {
	t.Helper()
	t.eventually(quick, "is refused", func() bool {
		return !t.assert(account.At("status.oauthClientId").String(), key).Accepted()
	})
}

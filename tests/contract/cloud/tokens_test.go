package cloud

import (
	"maps"
	"net/http"
	"strings"

	"evroc.com/cluster-api-provider-evroc/tests/contract/cloud/client"
)

// B.2: the token endpoint.
var tokenClauses = []clause{
	{"B.2", stated, "a grant answers 200 with access_token, token_type and expires_in in seconds", func(t *trial) {
		answer := t.signIn()
		t.wants(answer.Status == http.StatusOK, "the status is %d", answer.Status)
		t.wants(answer.JSON.At("access_token").String() != "", "there is no access_token")
		t.wants(answer.JSON.At("token_type").IsString(), "token_type is %s", answer.JSON.At("token_type").Text())
		_, isNumber := answer.JSON.At("expires_in").Int()
		t.wants(isNumber, "expires_in is %s", answer.JSON.At("expires_in").Text())
	}},
	{"B.2", stated, "access tokens live 5 minutes by default", func(t *trial) {
		t.same("expires_in", t.signIn().JSON.At("expires_in"), 300)
	}},
	{"B.2", stated, "token answers are application/json", func(t *trial) {
		contentType := t.signIn().Header.Get("Content-Type")
		t.wants(strings.HasPrefix(contentType, "application/json"), "it is %q", contentType)
	}},
	{"B.2", stated, "an access token is a JWT of three parts with exp", func(t *trial) {
		token := t.signIn().JSON.At("access_token").String()
		t.wants(strings.Count(token, ".") == 2, "it has %d dots", strings.Count(token, "."))
	}},
	{"B.2.1", stated, "the client id is taken by HTTP Basic with an empty secret", func(t *trial) {
		form := t.userForm()
		delete(form.Fields, "client_id")
		form.BasicClient = t.cloud.ClientID
		t.accepted(t.grant(form))
	}},
	{"B.2.1", stated, "the client id is taken as a form field", func(t *trial) {
		t.accepted(t.grant(t.userForm()))
	}},
	{"B.2.2", open, "a refresh token stays usable after a refresh", func(t *trial) {
		form := t.userForm()
		t.accepted(t.grant(form))
		t.accepted(t.grant(form))
	}},
	{"B.2", stated, "an unknown refresh token is refused with invalid_grant", func(t *trial) {
		t.refusedToken(client.Form{Fields: map[string]string{"grant_type": "refresh_token",
			"refresh_token": "nobody's", "client_id": "evroc-cli"}}, "invalid_grant")
	}},
	{"B.2", stated, "an unknown grant type is refused with unsupported_grant_type", func(t *trial) {
		t.refusedToken(client.Form{Fields: map[string]string{"grant_type": "toast",
			"client_id": "evroc-cli"}}, "unsupported_grant_type")
	}},
	{"B.2.4", stated, "a bad assertion is refused with 401 invalid_client", func(t *trial) {
		answer := t.refusedToken(client.Form{Fields: map[string]string{"grant_type": "client_credentials",
			"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
			"client_assertion":      "no.real.assertion",
			"client_id":             "nobody_" + t.cloud.Project}}, "invalid_client")
		t.wants(answer.Status == http.StatusUnauthorized, "the status is %d", answer.Status)
	}},
	{"B.9.1", stated, "a call without a token is refused with 401", func(t *trial) { t.unauthorized("") }},
	{"B.9.1", stated, "a call with a bad token is refused with 401", func(t *trial) { t.unauthorized("Bearer a.b.c") }},
}

// grant asks the token endpoint.
func (t *trial) grant(form client.Form) client.Answer {
	t.Helper()
	answer, err := t.cloud.Grant(t.Context(), form)
	if err != nil {
		t.unable(notRun, "the token endpoint: %v", err)
	}
	t.last = &answer
	return answer
}

func (t *trial) signIn() client.Answer {
	t.Helper()
	form, err := t.cloud.SignInForm()
	if err != nil {
		t.Fatal(err)
	}
	return t.grant(form)
}

// userForm is the form of a user, for what concerns refresh tokens alone.
func (t *trial) userForm() client.Form {
	t.Helper()
	form, err := t.cloud.SignInForm()
	if err != nil {
		t.Fatal(err)
	}
	if t.cloud.Key != nil {
		t.unable(notRun, "the credentials are no user's")
	}
	return client.Form{Fields: maps.Clone(form.Fields)}
}

func (t *trial) refusedToken(form client.Form, want string) client.Answer {
	t.Helper()
	answer := t.grant(form)
	t.refused(answer)
	t.same("error", answer.JSON.At("error"), want)
	return answer
}

func (t *trial) unauthorized(authorization string) {
	t.Helper()
	answer := t.call(client.Request{Method: http.MethodGet, Path: t.collection(disks), Authorization: &authorization})
	t.refused(answer, http.StatusUnauthorized)
}

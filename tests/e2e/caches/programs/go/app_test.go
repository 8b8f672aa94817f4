package tiny

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func post(body string) int {
	answer := httptest.NewRecorder()
	App().ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/pets", strings.NewReader(body)))
	return answer.Code
}

func TestItChecksABody(t *testing.T) {
	require.Equal(t, http.StatusCreated, post(`{"name": "Rex"}`))
	require.Equal(t, http.StatusUnprocessableEntity, post(`{}`))
}

func TestItsDriverGetsAsFarAsTheNetwork(t *testing.T) {
	pool, err := Connect(t.Context(), "postgres://app@127.0.0.1:1/app")
	require.NoError(t, err)
	defer pool.Close()
	require.ErrorIs(t, pool.Ping(t.Context()), syscall.ECONNREFUSED)
}

//go:build !cgo

package opttrack

// A build without the library: it compiles, and says what is missing.

import (
	"errors"
	"strings"
	"testing"
)

func TestNewWithoutCgoIsUnsupported(t *testing.T) {
	client, err := New(WithDatafile([]byte("{}")), WithBatchSize(10))
	if client != nil || !errors.Is(err, ErrUnsupported) || !errors.Is(err, errors.ErrUnsupported) {
		t.Fatalf("got %v, %v", client, err)
	}
	if !strings.Contains(err.Error(), "cgo") {
		t.Errorf("the message does not say what is missing: %v", err)
	}
	if _, err := Version(); !errors.Is(err, ErrUnsupported) {
		t.Errorf("got %v", err)
	}
}

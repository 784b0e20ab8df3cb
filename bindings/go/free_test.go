//go:build cgo

package opttrack

// The end of a client's handle: at close, or when the last call in flight leaves.

import (
	_ "embed"
	"testing"
)

//go:embed testdata/shop.json
var shop []byte

func TestHandleIsFreedByTheLastToLeave(t *testing.T) {
	for _, inside := range []bool{false, true} {
		client, err := New(WithDatafile(shop), WithLogLevel(LogOff))
		if err != nil {
			t.Fatal(err)
		}
		if inside && !client.enter(3) {
			t.Fatal("an open client keeps callers out")
		}
		if err := client.Close(); err != nil {
			t.Fatal(err)
		}
		if client.freed == inside {
			t.Errorf("a caller inside: %v, but freed by Close: %v", inside, client.freed)
		}
		if inside {
			client.leave(3)
		}
		if !client.freed {
			t.Errorf("a caller inside: %v, never freed", inside)
		}
	}
}

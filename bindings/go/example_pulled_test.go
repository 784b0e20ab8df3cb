//go:build cgo

package opttrack_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

// makeRequests makes the library's requests until the client is closed or ctx ends.
func makeRequests(ctx context.Context, client *opttrack.Client, transport http.RoundTripper) error {
	for {
		request, err := client.NextRequest(ctx)
		if errors.Is(err, opttrack.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		answer, body, err := send(ctx, request, transport)
		if err != nil {
			err = client.Fail(request.ID, err)
		} else {
			err = client.Complete(request.ID, answer.StatusCode, answer.Header, body)
		}
		// Not found: it took too long, and comes again.
		if err != nil && !errors.Is(err, opttrack.ErrNotFound) {
			return err
		}
	}
}

// send makes one request. A RoundTripper follows no redirect; an http.Client needs a CheckRedirect that doesn't.
func send(
	ctx context.Context, request *opttrack.Request, transport http.RoundTripper,
) (answer *http.Response, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, request.Timeout)
	defer cancel()
	outgoing, err := http.NewRequestWithContext(ctx, request.Method, request.URL, bytes.NewReader(request.Body))
	if err != nil {
		return nil, nil, err
	}
	outgoing.Header = request.Header
	answer, err = transport.RoundTrip(outgoing)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	return answer, body, err
}

func ExampleClient_NextRequest() {
	server := eventsAPI()
	defer server.Close()
	client, err := opttrack.New(
		opttrack.WithDatafile(datafile), opttrack.WithEventEndpoint(server.URL), opttrack.WithPulledTransport())
	if err != nil {
		log.Fatal(err)
	}
	delivered := make(chan error, 1)
	go func() { delivered <- makeRequests(context.Background(), client, http.DefaultTransport) }()

	if err := client.Track("purchase", opttrack.User{ID: "visitor-1"}, opttrack.Tags{"revenue": 4200}); err != nil {
		log.Fatal(err)
	}
	err = client.Close()
	fmt.Println(err, <-delivered)
	fmt.Println("delivered:", client.Stats().Delivered, "threads of the library's:", client.Stats().Threads)
	// Output:
	// <nil> <nil>
	// delivered: 1 threads of the library's: 0
}

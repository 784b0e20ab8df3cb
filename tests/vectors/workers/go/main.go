// The vectors' worker in Go: questions as lines of JSON on standard input, answers on standard output, one a question.
//
//	go build -o ../../../../target/workers/opttrack-worker-go .
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

// patience is how long flush and close may take, each.
const patience = 10 * time.Second

func main() {
	if err := answerAll(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answerAll(input io.Reader, output io.Writer) error {
	lines := bufio.NewReader(input)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			return nil
		}
		if err != nil && err != io.EOF {
			return err
		}
		answer, err := json.Marshal(answerLine(line))
		if err != nil {
			return err
		}
		if _, err := output.Write(append(answer, '\n')); err != nil {
			return err
		}
	}
}

// answer is one line of output, with those members that the question came to.
type answer struct {
	Set     []bool            `json:"set,omitzero"`
	Answers []callAnswer      `json:"answers,omitzero"`
	Saved   *opttrack.Profile `json:"saved,omitempty"`
	Refused map[string]string `json:"refused,omitempty"`
	Skipped string            `json:"skipped,omitempty"`
	Problem string            `json:"problem,omitempty"` // the worker itself can't go on with this question
}

type callAnswer struct {
	Status string `json:"status"`
	Result any    `json:"result"`
}

func answerLine(line []byte) answer {
	asked, err := readQuestion(line)
	var unsayable unsayable
	if errors.As(err, &unsayable) {
		return answer{Skipped: string(unsayable)}
	}
	if err != nil {
		return answer{Problem: err.Error()}
	}
	return asked.answer()
}

func (q *question) answer() answer {
	datafile, err := os.ReadFile(q.Datafile)
	if err != nil {
		return answer{Problem: err.Error()}
	}
	options := []opttrack.Option{
		opttrack.WithDatafile(datafile),
		opttrack.WithEventEndpoint(q.Endpoint),
		opttrack.WithBatchSize(q.BatchSize),
		opttrack.WithFlushInterval(time.Duration(q.FlushIntervalMS) * time.Millisecond),
		opttrack.WithCloseTimeout(patience),
		opttrack.WithLogLevel(opttrack.LogOff),
	}
	if q.CMABEndpoint != "" {
		options = append(options, opttrack.WithCMABEndpoint(q.CMABEndpoint))
	}
	service := &profiles{user: q.ProfileUser, stored: q.Profile}
	if q.HasProfile {
		options = append(options, opttrack.WithUserProfileService(service))
	}
	client, err := opttrack.New(options...)
	var refused *opttrack.Error
	if errors.As(err, &refused) {
		return answer{Refused: map[string]string{"status": refused.Status.String(), "message": refused.Message}}
	}
	defer client.Close()

	given := answer{Set: []bool{}, Answers: []callAnswer{}}
	for _, forced := range q.ForcedVariations {
		given.Set = append(given.Set, force(client, forced) == nil)
	}
	for _, call := range q.Calls {
		result, err := call.make(client)
		status, ok := statusOf(err)
		if !ok {
			return answer{Problem: err.Error()}
		}
		given.Answers = append(given.Answers, callAnswer{status, result})
	}
	if q.Flush {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		err = client.Flush(ctx)
	}
	if err := errors.Join(err, client.Close()); err != nil {
		return answer{Problem: err.Error()}
	}
	given.Saved = service.last()
	return given
}

func force(client *opttrack.Client, forced [3]*string) error {
	if forced[2] == nil {
		return client.RemoveForcedVariation(orEmpty(forced[0]), orEmpty(forced[1]))
	}
	return client.SetForcedVariation(orEmpty(forced[0]), orEmpty(forced[1]), *forced[2])
}

// statusOf is the name of a call's status; false for an error that is not the library's.
func statusOf(err error) (string, bool) {
	if err == nil {
		return opttrack.StatusOK.String(), true
	}
	var failure *opttrack.Error
	if errors.As(err, &failure) {
		return failure.Status.String(), true
	}
	return "", false
}

// Command official-go asks the official Go SDK by lines of JSON; README.md beside this folder describes the protocol.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/optimizely/go-sdk/v2/pkg/logging"
)

// question is one line of the protocol.
type question struct {
	Datafile         string          `json:"datafile"`
	CmabEndpoint     string          `json:"cmab_endpoint"`
	Profile          json.RawMessage `json:"profile"`
	ProfileUser      string          `json:"profile_user"`
	ForcedVariations [][]*string     `json:"forced_variations"`
	Calls            []call          `json:"calls"`
}

// call is one call on the client of a question.
type call struct {
	Op              string      `json:"op"`
	User            string      `json:"user"`
	Attrs           values      `json:"attrs"`
	Tags            values      `json:"tags"`
	Segments        *[]string   `json:"segments"`
	ForcedDecisions [][]*string `json:"forced_decisions"`
	Options         []string    `json:"options"`
	Flag            string      `json:"flag"`
	Flags           []string    `json:"flags"`
	Experiment      string      `json:"experiment"`
	Event           string      `json:"event"`
	Variable        string      `json:"variable"`
	Type            string      `json:"type"`
}

// answer is what a question is answered.
type answer struct {
	Refused *refusal     `json:"refused,omitempty"`
	Set     []bool       `json:"set,omitempty"`
	Answers []callAnswer `json:"answers,omitempty"`
	Saved   any          `json:"saved,omitempty"`
}

type refusal struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

type callAnswer struct {
	Status  string    `json:"status"`
	Message string    `json:"message,omitempty"`
	Result  any       `json:"result"`
	Events  []payload `json:"events"`
}

func main() {
	logging.SetLogLevel(logging.LogLevelError)
	logging.SetLogger(silent{})
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	output := bufio.NewWriter(os.Stdout)
	// The SDK writes remarks of its own to standard output and to the standard log.
	log.SetOutput(io.Discard)
	if nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stdout = nowhere
	}
	events := newCollector()
	for {
		line, err := input.ReadBytes('\n')
		if err != nil {
			return
		}
		encoded, err := json.Marshal(answerLine(events, line))
		if err != nil {
			encoded, _ = json.Marshal(answer{Refused: &refusal{"ERROR", err.Error()}})
		}
		output.Write(encoded)
		output.WriteByte('\n')
		output.Flush()
	}
}

// answerLine answers a question; a panic of the SDK while the client is made is a refusal.
func answerLine(events *collector, line []byte) (result answer) {
	defer func() {
		if trouble := recover(); trouble != nil {
			result = answer{Refused: &refusal{"ERROR", fmt.Sprint(trouble)}}
		}
	}()
	var asked question
	if err := json.Unmarshal(line, &asked); err != nil {
		return answer{Refused: &refusal{"ERROR", err.Error()}}
	}
	made, err := newSession(asked, events)
	if err != nil {
		return answer{Refused: &refusal{"INVALID_DATAFILE", err.Error()}}
	}
	defer made.close()
	for _, one := range asked.Calls {
		result.Answers = append(result.Answers, made.answer(one))
	}
	result.Saved = made.saved()
	return result
}

// silent takes the place of the SDK's log.
type silent struct{}

func (silent) Log(logging.LogLevel, string, map[string]interface{}) {}

func (silent) SetLogLevel(logging.LogLevel) {}

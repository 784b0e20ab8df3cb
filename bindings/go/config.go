package opttrack

// OptimizelyConfig: what the datafile in force has, for hosts that look at a project rather than decide by it.

import (
	"encoding/json"
	"fmt"
)

// OptimizelyConfig is a project as the datafile in force describes it, under the names that all of Optimizely's SDKs use,
// in Go and in JSON. Each call of [Client.OptimizelyConfig] makes one, which is the caller's.
type OptimizelyConfig struct {
	EnvironmentKey string `json:"environmentKey"`
	SDKKey         string `json:"sdkKey"`
	Revision       string `json:"revision"`
	// ExperimentsMap has all experiments by key, delivery rules not included. Of experiments that share a key it has the
	// last.
	ExperimentsMap map[string]OptimizelyExperiment `json:"experimentsMap"`
	FeaturesMap    map[string]OptimizelyFeature    `json:"featuresMap"`
	Attributes     []OptimizelyAttribute           `json:"attributes"`
	Audiences      []OptimizelyAudience            `json:"audiences"`
	Events         []OptimizelyEvent               `json:"events"`

	datafile []byte
}

// OptimizelyFeature is a flag.
type OptimizelyFeature struct {
	ID  string `json:"id"`
	Key string `json:"key"`
	// ExperimentRules are the flag's experiments in the order in which they are tried, DeliveryRules its delivery rules.
	ExperimentRules []OptimizelyExperiment `json:"experimentRules"`
	DeliveryRules   []OptimizelyExperiment `json:"deliveryRules"`
	// VariablesMap has the flag's variables by key, with their defaults.
	VariablesMap map[string]OptimizelyVariable `json:"variablesMap"`
	// ExperimentsMap has the ExperimentRules by key. Optimizely has deprecated it.
	ExperimentsMap map[string]OptimizelyExperiment `json:"experimentsMap"`
}

// OptimizelyExperiment is an experiment or a delivery rule.
type OptimizelyExperiment struct {
	ID  string `json:"id"`
	Key string `json:"key"`
	// Audiences are its conditions in words, such as `"gold" OR "silver"`.
	Audiences     string                         `json:"audiences"`
	VariationsMap map[string]OptimizelyVariation `json:"variationsMap"`
}

// OptimizelyVariation is a variation.
type OptimizelyVariation struct {
	ID  string `json:"id"`
	Key string `json:"key"`
	// FeatureEnabled says whether it turns its flag on; nil if the datafile does not say.
	FeatureEnabled *bool                         `json:"featureEnabled,omitempty"`
	VariablesMap   map[string]OptimizelyVariable `json:"variablesMap"`
}

// OptimizelyVariable is a variable with its value, as the datafile's text.
type OptimizelyVariable struct {
	ID    string `json:"id"`
	Key   string `json:"key"`
	Type  string `json:"type"` // "boolean", "integer", "double", "string" or "json"
	Value string `json:"value"`
}

// OptimizelyAttribute is an attribute that the project knows.
type OptimizelyAttribute struct {
	ID  string `json:"id"`
	Key string `json:"key"`
}

// OptimizelyAudience is an audience; Conditions are the datafile's JSON.
type OptimizelyAudience struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Conditions string `json:"conditions"`
}

// OptimizelyEvent is an event that can be tracked.
type OptimizelyEvent struct {
	ID            string   `json:"id"`
	Key           string   `json:"key"`
	ExperimentIDs []string `json:"experimentIds"`
}

// Datafile is the datafile that the config was made of, byte for byte as it was given. It is the config's: don't write to
// it.
func (c *OptimizelyConfig) Datafile() []byte {
	return c.datafile
}

// OptimizelyConfig describes the datafile in force. It takes time in proportion to the datafile (some milliseconds for a
// megabyte): keep what it returns for as long as no datafile is set.
//
// Errors: [ErrNotReady], [ErrOutOfMemory], [ErrClosed], [ErrInternal].
func (c *Client) OptimizelyConfig() (*OptimizelyConfig, error) {
	if !c.enter(0) {
		return nil, errorClosed()
	}
	defer c.leave(0)
	text, datafile, failure := c.handle.OptimizelyConfig()
	if failure != nil {
		return nil, errorOf(failure)
	}
	config := &OptimizelyConfig{datafile: datafile}
	if err := json.Unmarshal(text, config); err != nil {
		return nil, &Error{Status: StatusInternal, Message: fmt.Sprintf("the library's answer can't be read: %v", err)}
	}
	return config, nil
}

package opttrack

// The values of a flag's variables.

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"

	"github.com/libopttrack/libopttrack/bindings/go/internal/member"
)

// Variables are the values of a flag's variables for one user. They cost nothing until they are asked for; the zero
// value has none.
//
// The errors of the getters: [ErrUnknownVariable] (there is no such variable; with [ExcludeVariables] there is none at
// all), [ErrWrongType] (its value is of another type), and [ErrBadValue] (the datafile's text for it can't be read as the
// type that the datafile says it has). Each comes with the zero value.
type Variables struct {
	object string // a JSON object
	holey  bool   // some values could not be read, and are null
}

// Bool is the value of a boolean variable.
func (v Variables) Bool(key string) (bool, error) {
	value, err := v.find(key)
	switch {
	case err != nil:
		return false, err
	case value == "true":
		return true, nil
	case value == "false":
		return false, nil
	}
	return false, v.errorType(key, value, "a boolean")
}

// Int is the value of an integer variable that an int holds.
func (v Variables) Int(key string) (int, error) {
	value, err := v.Int64(key)
	if err == nil && int64(int(value)) != value {
		return 0, errorVariable(StatusBadValue, key, "does not fit an int")
	}
	return int(value), err
}

// Int64 is the value of an integer variable.
func (v Variables) Int64(key string) (int64, error) {
	value, err := v.find(key)
	if err != nil {
		return 0, err
	}
	number, failure := strconv.ParseInt(value, 10, 64)
	if failure != nil {
		return 0, v.errorType(key, value, "an integer")
	}
	return number, nil
}

// Float64 is the value of a double variable, or that of an integer variable as a double.
func (v Variables) Float64(key string) (float64, error) {
	value, err := v.find(key)
	if err != nil {
		return 0, err
	}
	if number, ok := parseFloat(value); ok {
		return number, nil
	}
	return 0, v.errorType(key, value, "a double")
}

// String is the value of a string variable.
func (v Variables) String(key string) (string, error) {
	value, err := v.find(key)
	if err != nil {
		return "", err
	}
	if text, ok := member.Unquote(value); ok {
		return text, nil
	}
	return "", v.errorType(key, value, "a string")
}

// JSON stores the value of a variable of any type in what into points to, as [json.Unmarshal] does. What that complains
// of is [ErrWrongType].
func (v Variables) JSON(key string, into any) error {
	value, err := v.find(key)
	if err != nil {
		return err
	}
	if value == "null" && v.holey {
		return v.errorType(key, value, "")
	}
	if failure := json.Unmarshal([]byte(value), into); failure != nil {
		return errorVariable(StatusWrongType, key, "can't be stored there: "+failure.Error())
	}
	return nil
}

// Map gives all variables by key: bool, string, int64 for a whole number, float64 for another, nil for a value that could
// not be read, and what such a variable holds of maps and slices for JSON.
func (v Variables) Map() map[string]any {
	all := map[string]any{}
	if v.object != "" {
		_ = unmarshalValues([]byte(v.object), &all) // the library writes no broken JSON
	}
	for key, value := range all {
		all[key] = plainValue(value)
	}
	return all
}

// MarshalJSON gives all variables as a JSON object, numbers as the datafile has them.
func (v Variables) MarshalJSON() ([]byte, error) {
	if v.object == "" {
		return []byte("{}"), nil
	}
	return []byte(v.object), nil
}

func (v Variables) find(key string) (string, error) {
	value, found := member.Find(v.object, key)
	if !found {
		return "", errorVariable(StatusUnknownVariable, key, "is not there")
	}
	return value, nil
}

// errorType is for a value that is not what it was asked for as.
func (v Variables) errorType(key, value, wanted string) error {
	if value == "null" && v.holey {
		return errorVariable(StatusBadValue, key, "can't be read as the type that the datafile says it has")
	}
	return errorVariable(StatusWrongType, key, "is not "+wanted)
}

func errorVariable(status Status, key, what string) error {
	return &Error{Status: status, Message: "variable " + strconv.Quote(key) + " " + what, Place: "variable_key"}
}

// parseFloat takes what JSON takes as a number.
func parseFloat(text string) (float64, bool) {
	if text == "" || (text[0] != '-' && (text[0] < '0' || text[0] > '9')) {
		return 0, false
	}
	number, err := strconv.ParseFloat(text, 64)
	return number, err == nil && !math.IsInf(number, 0)
}

// unmarshalValues is [json.Unmarshal], but numbers keep their text until [plainValue] looks at them.
func unmarshalValues(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// plainValue makes an int64 of every whole number that fits one, and a float64 of any other.
func plainValue(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, inside := range value {
			value[key] = plainValue(inside)
		}
	case []any:
		for place, inside := range value {
			value[place] = plainValue(inside)
		}
	case json.Number:
		if whole, err := strconv.ParseInt(value.String(), 10, 64); err == nil {
			return whole
		}
		number, _ := value.Float64()
		return number
	}
	return value
}

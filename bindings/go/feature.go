package opttrack

// Variables of a flag, asked for by themselves. No impression is recorded.

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/libopttrack/libopttrack/bindings/go/internal/member"
	"github.com/libopttrack/libopttrack/bindings/go/internal/packed"
)

// VariableType is what the datafile says that a variable is.
type VariableType uint32

// The types of variables.
const (
	VariableBoolean VariableType = 1
	VariableInteger VariableType = 2
	VariableDouble  VariableType = 3
	VariableString  VariableType = 4
	VariableJSON    VariableType = 5
)

var variableTypeNames = [...]string{"any", "boolean", "integer", "double", "string", "json"}

// String is the type as the datafile writes it.
func (t VariableType) String() string {
	if int(t) < len(variableTypeNames) {
		return variableTypeNames[t]
	}
	return fmt.Sprintf("variable type %d", uint32(t))
}

// Variable is the value of one variable.
type Variable struct {
	Type VariableType
	JSON json.RawMessage // the value, as JSON
}

// Value gives the value as Go's: bool, int64, float64, string, or what JSON becomes as [Variables.Map] describes it.
func (v Variable) Value() any {
	var value any
	_ = unmarshalValues(v.JSON, &value) // the library writes no broken JSON
	if number, ok := value.(json.Number); ok && v.Type == VariableDouble {
		double, _ := number.Float64()
		return double
	}
	return plainValue(value)
}

// GetFeatureVariable gives the value that a variable of the flag has for the user, of whatever type it is: the
// variation's if the flag is on for the user, else its default. It decides as [Client.IsFeatureEnabled] does and records
// no impression.
//
// Errors: [ErrUnknownFlag], [ErrUnknownVariable], [ErrBadValue] (the datafile's text can't be read as the type that it
// says the variable has), [ErrNotReady], [ErrInvalidUTF8], [ErrClosed], [ErrInternal]. A
// prediction that can't be had counts as no variation.
func (c *Client) GetFeatureVariable(flagKey, variableKey string, user User) (Variable, error) {
	return c.variable(flagKey, variableKey, 0, &user)
}

// GetFeatureVariableBoolean gives the value of a boolean variable, as [Client.GetFeatureVariable] does.
//
// Errors: as there, and [ErrWrongType] (the variable is none); the value is false then.
func (c *Client) GetFeatureVariableBoolean(flagKey, variableKey string, user User) (bool, error) {
	variable, err := c.variable(flagKey, variableKey, VariableBoolean, &user)
	return err == nil && string(variable.JSON) == "true", err
}

// GetFeatureVariableInteger gives the value of an integer variable, as [Client.GetFeatureVariable] does.
//
// Errors: as there, and [ErrWrongType] (the variable is none); the value is 0 then.
func (c *Client) GetFeatureVariableInteger(flagKey, variableKey string, user User) (int64, error) {
	variable, err := c.variable(flagKey, variableKey, VariableInteger, &user)
	if err != nil {
		return 0, err
	}
	number, failure := strconv.ParseInt(string(variable.JSON), 10, 64)
	if failure != nil {
		return 0, errorAnswer(nil)
	}
	return number, nil
}

// GetFeatureVariableDouble gives the value of a double variable, as [Client.GetFeatureVariable] does.
//
// Errors: as there, and [ErrWrongType] (the variable is none); the value is 0 then.
func (c *Client) GetFeatureVariableDouble(flagKey, variableKey string, user User) (float64, error) {
	variable, err := c.variable(flagKey, variableKey, VariableDouble, &user)
	if err != nil {
		return 0, err
	}
	number, ok := parseFloat(string(variable.JSON))
	if !ok {
		return 0, errorAnswer(nil)
	}
	return number, nil
}

// GetFeatureVariableString gives the value of a string variable, as [Client.GetFeatureVariable] does.
//
// Errors: as there, and [ErrWrongType] (the variable is none); the value is "" then.
func (c *Client) GetFeatureVariableString(flagKey, variableKey string, user User) (string, error) {
	variable, err := c.variable(flagKey, variableKey, VariableString, &user)
	if err != nil {
		return "", err
	}
	text, ok := member.Unquote(string(variable.JSON))
	if !ok {
		return "", errorAnswer(nil)
	}
	return text, nil
}

// GetFeatureVariableJSON gives the value of a JSON variable, as [Client.GetFeatureVariable] does.
//
// Errors: as there, and [ErrWrongType] (the variable is none); the value is nil then.
func (c *Client) GetFeatureVariableJSON(flagKey, variableKey string, user User) (json.RawMessage, error) {
	variable, err := c.variable(flagKey, variableKey, VariableJSON, &user)
	return variable.JSON, err
}

// GetAllFeatureVariables gives the values that all variables of the flag have for the user, as
// [Client.GetFeatureVariable] does. With [ErrPartial] the variables are there as well: some could not be read, and are
// null.
//
// Other errors: [ErrUnknownFlag], [ErrNotReady], [ErrInvalidUTF8], [ErrClosed], [ErrInternal]. A
// prediction that can't be had counts as no variation.
func (c *Client) GetAllFeatureVariables(flagKey string, user User) (Variables, error) {
	answer, err := c.ask(&question{call: packed.GetAllFeatureVariables, key: flagKey, user: &user})
	if err != nil && !answer.HasBody {
		return Variables{}, err
	}
	object := answer.Body.Text()
	if !answer.Body.Ended() {
		return Variables{}, errorAnswer(err)
	}
	return Variables{object: object, holey: err != nil}, err
}

func (c *Client) variable(flagKey, variableKey string, wanted VariableType, user *User) (Variable, error) {
	answer, err := c.ask(&question{
		call: packed.GetFeatureVariable, key: flagKey, variableKey: variableKey, variableType: wanted, user: user,
	})
	if err != nil {
		return Variable{}, err
	}
	variable := Variable{Type: VariableType(answer.Body.Number()), JSON: json.RawMessage(answer.Body.Text())}
	if !answer.Body.Ended() {
		return Variable{}, errorAnswer(nil)
	}
	return variable, nil
}

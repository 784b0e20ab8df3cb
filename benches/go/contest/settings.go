package contest

import (
	"strconv"
	"strings"
)

// Settings are the NAME=VALUE with which a worker is started; what none of them names stays at the SDK's default.
type Settings map[string]string

// ReadSettings takes them from the command line.
func ReadSettings(arguments []string) Settings {
	settings := Settings{}
	for _, argument := range arguments {
		name, value, _ := strings.Cut(argument, "=")
		settings[name] = value
	}
	return settings
}

// Number is a setting that is a number, or `without` where it is not given.
func (s Settings) Number(name string, without int) int {
	text, given := s[name]
	if !given {
		return without
	}
	number, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return number
}

// Package member finds a member of a JSON object without parsing the others: a decision has all variables of its flag,
// and its caller usually asks for one or two.
package member

import (
	"encoding/json"
	"strings"
)

// Find gives the JSON text of the object's member of that key, the first one if there are several. It shares the object's
// memory. Text that is no JSON has no members from where it is broken.
func Find(object, key string) (value string, found bool) {
	rest := skipSpace(object)
	if rest == "" || rest[0] != '{' {
		return "", false
	}
	for {
		rest = skipSpace(rest[1:]) // past the brace, or past a comma
		size := stringSize(rest)
		if size == 0 {
			return "", false
		}
		name := rest[:size]
		rest = skipSpace(rest[size:])
		if rest == "" || rest[0] != ':' {
			return "", false
		}
		rest = skipSpace(rest[1:])
		size = valueSize(rest)
		if size == 0 {
			return "", false
		}
		if same(name, key) {
			return rest[:size], true
		}
		rest = skipSpace(rest[size:])
		if rest == "" || rest[0] != ',' {
			return "", false
		}
	}
}

// Unquote gives what a JSON string says; false if the text is none.
func Unquote(quoted string) (string, bool) {
	if stringSize(quoted) != len(quoted) || quoted == "" {
		return "", false
	}
	plain := quoted[1 : len(quoted)-1]
	if !strings.ContainsRune(plain, '\\') {
		return plain, true
	}
	var unquoted string
	err := json.Unmarshal([]byte(quoted), &unquoted)
	return unquoted, err == nil
}

func same(quoted, key string) bool {
	name, ok := Unquote(quoted)
	return ok && name == key
}

func skipSpace(text string) string {
	return strings.TrimLeft(text, " \t\r\n")
}

// stringSize is the length of the string that the text starts with, quotes and all; 0 if there is none.
func stringSize(text string) int {
	if text == "" || text[0] != '"' {
		return 0
	}
	for place := 1; place < len(text); place++ {
		switch text[place] {
		case '"':
			return place + 1
		case '\\':
			place++
		}
	}
	return 0
}

// valueSize is the length of the value that the text starts with; 0 if there is none.
func valueSize(text string) int {
	if text == "" {
		return 0
	}
	switch text[0] {
	case '"':
		return stringSize(text)
	case '{', '[':
		return nestedSize(text)
	}
	if end := strings.IndexAny(text, ",}] \t\r\n"); end >= 0 {
		return end
	}
	return len(text)
}

// nestedSize is the length of the object or array that the text starts with; 0 if it does not end.
func nestedSize(text string) int {
	depth := 0
	for place := 0; place < len(text); place++ {
		switch text[place] {
		case '"':
			size := stringSize(text[place:])
			if size == 0 {
				return 0
			}
			place += size - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return place + 1
			}
		}
	}
	return 0
}

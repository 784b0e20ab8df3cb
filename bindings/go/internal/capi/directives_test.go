package capi

// The rule that keeps C's calls cheap: every function of C's that is called has both directives.

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var (
	called    = regexp.MustCompile(`\bC\.(opt_[a-z_]+|[a-z_]+_packed)\(`)
	directive = regexp.MustCompile(`(?m)^#cgo (noescape|nocallback) ([a-z_]+)$`)
)

func TestEveryFunctionOfCHasBothDirectives(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		directives := map[string]bool{}
		for _, found := range directive.FindAllSubmatch(source, -1) {
			directives[string(found[1])+" "+string(found[2])] = true
		}
		for _, found := range called.FindAllSubmatch(source, -1) {
			name := string(found[1])
			calls++
			if !directives["noescape "+name] || !directives["nocallback "+name] {
				t.Errorf("%s: %s lacks #cgo noescape or #cgo nocallback", file, name)
			}
		}
	}
	if calls == 0 {
		t.Error("no calls found: the search is broken")
	}
}

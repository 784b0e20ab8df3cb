module github.com/libopttrack/libopttrack/tests/vectors/workers/go

go 1.24

require github.com/libopttrack/libopttrack/bindings/go v0.1.0

replace github.com/libopttrack/libopttrack/bindings/go => ../../../../bindings/go

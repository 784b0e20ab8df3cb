module github.com/libopttrack/libopttrack/bindings/go

go 1.24

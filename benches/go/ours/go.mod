module opttrack.local/bench/ours

go 1.24

require (
	github.com/libopttrack/libopttrack/bindings/go v0.0.0
	opttrack.local/bench/contest v0.0.0
)

replace (
	github.com/libopttrack/libopttrack/bindings/go => ../../../bindings/go
	opttrack.local/bench/contest => ../contest
)

module opttrack.local/bench/official

go 1.21

require (
	github.com/optimizely/go-sdk/v2 v2.4.0
	opttrack.local/bench/contest v0.0.0
)

replace opttrack.local/bench/contest => ../contest

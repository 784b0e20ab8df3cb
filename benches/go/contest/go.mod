module opttrack.local/bench/contest

go 1.21

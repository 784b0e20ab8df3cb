"""Rows N11 to N14 and F14: TLS, proxies and datafiles over HTTP, which are cases of tests/network."""
from harness.programs import in_network
from harness.row import row

ROWS = {
    "N11": ("TLS: expired, wrong host, unknown CA, missing intermediate, SHA-1, TLS 1.1, plain text",
            ["is expired, not yet valid", "an authority that nobody knows", "with its intermediate", "TLS 1.1", "plain text where"]),
    "N12": ("TLS handshake stalls; an answer cut by a bare close; a long certificate chain",
            ["a handshake that stalls", "cut by a bare close", "a long chain"]),
    "N13": ("wall clock wrong, so that certificates look expired", ["a clock that is wrong"]),
    "N14": ("proxy: gone, refuses the password, 502 to CONNECT, hangs, garbage, closes mid-tunnel",
            ["through a proxy that wants a password", "a proxy that is gone"]),
    "F14": ("fetching a datafile: 304, 404, slow, truncated, wrong type, older revision",
            ["a datafile of nginx", "a server that lies", "an older revision"]),
}

for each, (fault, cases) in ROWS.items():
    body, judge = in_network(cases)
    row(each, fault, "tests/network", part="network", judge=judge)(body)

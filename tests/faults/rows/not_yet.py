"""Rows that are not injected yet, so that the table says so."""
from harness.row import NotYet, row

TLS = "the TLS options that it needs are not there yet"
ROWS = {
    "N11": ("TLS: expired, wrong host, unknown CA, self-signed, missing intermediate, TLS 1.1, plain text", TLS),
    "N12": ("TLS handshake stalls; close without close_notify; renegotiation; long certificate chain", TLS),
    "N13": ("wall clock wrong, so that certificates look expired", TLS),
    "N14": ("proxy: refused, 407, 502 to CONNECT, hangs, garbage, closes mid-tunnel", TLS),
    "F14": ("fetching a datafile: 304, 404, slow, truncated, wrong type, older revision", "datafiles are not fetched yet"),
}


def waiting(why):
    def body(_run):
        raise NotYet(why)

    return body


for each, (fault, why) in ROWS.items():
    row(each, fault, "")(waiting(why))

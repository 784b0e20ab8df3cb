"""Certificates made in the test by openssl: an authority, and what it issues, good and bad."""
import os
import subprocess
from dataclasses import dataclass


@dataclass
class Certificate:
    """Files in PEM form."""
    chain: str
    key: str


class Authority:
    """Issues certificates into a folder."""

    def __init__(self, folder, name="Test CA", parent=None):
        self.folder = os.path.join(folder, name.replace(" ", "-"))
        self.parent = parent
        os.makedirs(self.folder, exist_ok=True)
        self.key, self.file = self.path("ca.key"), self.path("ca.pem")
        with open(self.path("index.txt"), "w", encoding="utf-8"):
            pass
        with open(self.path("serial"), "w", encoding="utf-8") as out:
            out.write("1000\n")
        subject = f"/CN={name}"
        if parent:
            made = parent.issue("ca", subject=subject, is_authority=True, folder=self.folder)
            self.key, self.file = made.key, made.chain
        else:
            openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                    "-subj", subject, "-keyout", self.key, "-out", self.file)

    def path(self, name):
        return os.path.join(self.folder, name)

    def issue(self, name, host="DNS:localhost,IP:127.0.0.1", start=None, end=None, subject=None, is_authority=False,
              digest="sha256", folder=None, chain=()):
        """A certificate from `start` to `end`, each as YYMMDDHHMMSSZ, whose file also holds the chain."""
        folder = folder or self.folder
        key, request, made = (os.path.join(folder, f"{name}.{ending}") for ending in ("key", "csr", "pem"))
        config = self.path("ca.conf")
        extensions = "basicConstraints=critical,CA:TRUE" if is_authority else f"subjectAltName={host}"
        with open(config, "w", encoding="utf-8") as out:
            out.write(f"""[ca]
default_ca=own
[own]
database={self.path("index.txt")}
serial={self.path("serial")}
new_certs_dir={self.folder}
certificate={self.file}
private_key={self.key}
policy=any
default_md={digest}
default_days=10
unique_subject=no
x509_extensions=extensions
[any]
commonName=supplied
[extensions]
{extensions}
""")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                subject or f"/CN={name}", "-keyout", key, "-out", request)
        dates = [*(["-startdate", start] if start else []), *(["-enddate", end] if end else [])]
        openssl("ca", "-batch", "-notext", "-config", config, "-in", request, "-out", made, *dates)
        for part in chain:
            with open(part, encoding="utf-8") as more, open(made, "a", encoding="utf-8") as out:
                out.write(more.read())
        return Certificate(made, key)


def openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr}")

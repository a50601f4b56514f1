"""The certificate that a door shows, read before the door opens, so that a bad one is said then."""

from __future__ import annotations

import ssl
from pathlib import Path

from micro.errors import ConfigError


def read_tls(cert: str, key: str, *, root: Path) -> ssl.SSLContext | None:
    """Give what a door needs to speak TLS 1.2 and 1.3; ``None`` where no certificate is named.

    Args:
        cert: PEM file with the certificate and those that vouch for it.
        key: PEM file with its private key; empty if that is in the same file.
        root: What relative paths start from.

    Raises:
        ConfigError: A file is missing or is not what it should be, or the key is another one's.
    """
    if not cert:
        if key:
            raise ConfigError(f"{key} is a key without a certificate", mend="name it: --tls-cert")
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    files = [root / name for name in (cert, key) if name]
    try:
        context.load_cert_chain(*files, password=_no_password)
    except ssl.SSLError as error:
        reason = (error.reason or str(error)).replace("_", " ").lower()
        raise ConfigError(
            f"{' and '.join(map(str, files))} cannot be used: {reason}",
            mend="name a PEM certificate and its own key, which has no password",
        ) from error
    except OSError as error:
        missing = next((file for file in files if not file.is_file()), files[0])
        raise ConfigError(
            f"{missing} cannot be read: {error.strerror}", mend="correct --tls-cert or --tls-key"
        ) from error
    return context


def _no_password() -> str:
    """Keep OpenSSL from asking at the terminal."""
    return ""

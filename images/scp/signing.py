"""The signature of a call. Source: SCP API reference, section 3."""

import base64
import hashlib
import hmac

CLIENT_TYPE = "Openapi"


def sign(
    *,
    method: str,
    url: str,
    timestamp_ms: str,
    access_key: str,
    secret_key: str,
    client_type: str = CLIENT_TYPE,
) -> str:
    """Return the value of the header Scp-Signature.

    `url` is the whole URL exactly as it goes on the wire, `timestamp_ms` the very
    string of the header Scp-Timestamp: Unix time in milliseconds. The body plays no part.
    """
    message = method + url + timestamp_ms + access_key + client_type
    digest = hmac.new(_bytes(secret_key), _bytes(message), hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")


def _bytes(text: str) -> bytes:
    # surrogatepass: an error of the encoder would carry the secret in its arguments
    return text.encode("utf-8", "surrogatepass")

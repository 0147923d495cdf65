"""The credentials that the requests carry: `sql/fill.sql` makes a member and a key in each workspace."""

import base64
import hashlib
import hmac
import json
import time

SECRET = "the secret of the benchmark, known to everyone"
METRICS = "known-to-everyone"


def _base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def member(workspace):
    """A signed token of the workspace's member, in the `workspace` with this key.

    The server takes the workspace from the subject's membership. The claim is for peers, which know no memberships."""
    claims = {"sub": f"member-{workspace}", "exp": int(time.time()) + 86_400, "workspace_pk": workspace}
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    signed = ".".join(_base64url(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    signature = hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_base64url(signature)}"


def pipeline(workspace):
    """The API key of the workspace's pipeline."""
    return "well_sk_" + _base64url(hashlib.sha256(f"key{workspace}".encode()).digest())

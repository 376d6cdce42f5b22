"""Read the CA bundle, the certificates that AWS's own are checked against, once per client."""

from threading import Lock
from typing import Any


def read_once(client: Any) -> None:
    """Let all connections of a client share one reading of the CA bundle.

    They share one SSL context, but for each new connection botocore has urllib3 load the bundle
    into it again: 130 certificates, 28 ms of CPU time. botocore has no setting for this, so this
    reaches for the context itself. In a botocore that is built differently, nothing changes.
    """
    try:
        session = client._endpoint.http_session
        make_context = session._get_ssl_context
        _load_once(session._manager.connection_pool_kw["ssl_context"])
        session._get_ssl_context = lambda: _load_once(make_context())  # called for a proxy
    except (AttributeError, KeyError):
        return


def _load_once(context: Any) -> Any:
    """Let this SSL context load each bundle once, however many threads ask for it at once."""
    load, lock, loaded = context.load_verify_locations, Lock(), set()

    def load_once(cafile: Any = None, capath: Any = None, cadata: Any = None) -> None:
        bundle = (cafile, capath, cadata)
        with lock:
            if bundle not in loaded:
                load(*bundle)
                loaded.add(bundle)

    context.load_verify_locations = load_once
    return context

"""What the client scripts share: each check prints a line; the first difference ends the script with 1."""

import sys
from datetime import datetime, timedelta, timezone


def same(what: str, found: object, expected: object) -> None:
    """Prints OK, or what differs and ends."""
    if found != expected:
        print(f"DIFFERENT {what}: {found!r} instead of {expected!r}")
        sys.exit(1)
    print(f"OK {what}")


def refused(what: str, status: int, ask: object) -> None:
    """Checks that `ask` is refused with `status`."""
    import requests

    try:
        ask()
    except requests.HTTPError as error:
        same(what, error.response.status_code, status)
        return
    print(f"DIFFERENT {what}: it was not refused")
    sys.exit(1)


MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"
# Lately: the hub thins what is older than half a day.
BEGAN = datetime.now(timezone.utc).replace(second=0, microsecond=250_000) - timedelta(hours=2)


def moment(number: int) -> datetime:
    """When one of the observations was made: a minute apart, with milliseconds."""
    return BEGAN + timedelta(minutes=number)


def time_of(number: int) -> str:
    """The same as a server writes it."""
    return moment(number).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def value_of(number: int) -> float:
    return number * 0.1 + 1e-7

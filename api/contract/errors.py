"""Errors of the API, below `InventoryError`. `api.middleware.problems` gives each its status.

InventoryError
├── Unknown        401  no valid API key
├── Slow           408  the body did not arrive in time
├── Stale          412  If-Match names an old version
├── Overlong       413  the body is too large
├── WrongMedia     415  the body has a media type that the route does not take
├── Required       428  If-Match is missing
├── TooMany        429  the rate limit is reached
├── Busy           503  too many requests at a time
├── BrowsingFails  503  Datasette does not answer
├── NotOffered     406  no form of the answer is acceptable
├── NotReleased    503  there is no release yet
├── BadSetting          a setting cannot be used; the command line reports it
└── Unreadable
    └── BadParameters  400  query parameters cannot be used
"""

from inventory.errors import InventoryError, Unreadable
from inventory.problems import Problem


class Unknown(InventoryError):
    """A request without a valid API key."""


class Slow(InventoryError):
    """A body that did not arrive in time, or not to its end."""


class Stale(InventoryError):
    """A write based on an old version. etag: that of the newest, sent as a header; None where the caller sees none."""

    def __init__(self, message: str, etag: str | None) -> None:
        super().__init__(message)
        self.headers = {"ETag": etag} if etag is not None else {}


class Overlong(InventoryError):
    """A body that is larger than its limit."""


class WrongMedia(InventoryError):
    """A body of a media type that the route does not take."""


class Required(InventoryError):
    """A write without the If-Match that it needs."""


class TooMany(InventoryError):
    """A request beyond the rate limit. wait: seconds until the next one is answered, sent as Retry-After."""

    def __init__(self, message: str, wait: int) -> None:
        super().__init__(message)
        self.headers = {"Retry-After": str(wait)}


class Busy(InventoryError):
    """A request that was not begun, because too many others run."""

    headers = {"Retry-After": "5"}  # noqa: RUF012 - never changed


class BrowsingFails(InventoryError):
    """Datasette's process does not answer, or not in time."""


class NotOffered(InventoryError):
    """A request that accepts none of the forms in which the answer comes."""


class NotReleased(InventoryError):
    """A request for a release before there is one."""


class BadSetting(InventoryError):
    """A setting that cannot be used."""


class BadParameters(Unreadable):
    """Query parameters that cannot be used. problems: one for each."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems

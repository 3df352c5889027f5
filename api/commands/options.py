"""Options and arguments that several commands have, each told in one way."""

from typing import Annotated

import typer

_AS_NAMED = "as type/id; for services the id is enough."

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value, for programs.")]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there already.")]
Holder = Annotated[str | None, typer.Option(help="Act in this name, instead of your account's.")]
Record = Annotated[str, typer.Argument(help=f"A record {_AS_NAMED}")]
Records = Annotated[list[str], typer.Argument(help=f"Records {_AS_NAMED}")]
Yes = Annotated[bool, typer.Option("--yes", help="Write although the clock and the newest entry are far apart.")]
SomeRecords = Annotated[list[str] | None, typer.Argument(help=f"Records {_AS_NAMED}")]

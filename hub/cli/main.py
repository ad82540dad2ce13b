"""The `hub` command."""

from __future__ import annotations

import click

from hub.cli.catalogue import layouts_command, programmes_command, template_command
from hub.cli.importing import check_command, import_command
from hub.cli.sample import sample_command
from hub.cli.serving import demo_command, migrate_command, serve_command, user_group


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """The hub: Indonesian poverty data by name and by address, from many systems into one."""


for command in (
    check_command,
    import_command,
    layouts_command,
    programmes_command,
    template_command,
    migrate_command,
    serve_command,
    user_group,
    sample_command,
    demo_command,
):
    main.add_command(command)

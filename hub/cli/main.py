"""The `hub` command."""

from __future__ import annotations

from importlib import import_module

import click
from typing_extensions import override

COMMANDS = {
    "check": "hub.cli.checking:check_command",
    "import": "hub.cli.importing:import_command",
    "deliveries": "hub.cli.deliveries:deliveries_command",
    "publish": "hub.cli.deliveries:publish_command",
    "reject": "hub.cli.deliveries:reject_command",
    "undo": "hub.cli.deliveries:undo_command",
    "rebuild": "hub.cli.importing:rebuild_command",
    "workbook": "hub.cli.book:workbook_command",
    "diff": "hub.cli.difference:diff_command",
    "repairs": "hub.cli.repairs:repairs_command",
    "reviews": "hub.cli.reviews:reviews_command",
    "judge": "hub.cli.reviews:judge_command",
    "mappings": "hub.cli.mappings:mappings_group",
    "layouts": "hub.cli.catalogue:layouts_command",
    "programmes": "hub.cli.catalogue:programmes_command",
    "template": "hub.cli.catalogue:template_command",
    "migrate": "hub.cli.serving:migrate_command",
    "serve": "hub.cli.serving:serve_command",
    "worker": "hub.cli.worker:worker_command",
    "user": "hub.cli.serving:user_group",
    "client": "hub.cli.client:client_group",
    "sample": "hub.cli.sample:sample_command",
    "demo": "hub.cli.serving:demo_command",
}


class Commands(click.Group):
    """Loads a command's module when the command is called: the server's take seconds."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
def main() -> None:
    """The hub: Indonesian poverty data by name and by address, from many systems into one."""

"""lion-tui for the pty-driven benchmark of terminal chat programs: pass this file to its `--adapter`.

`floor` and `lion-tui` in the folder of virtual environments are environments with textual and httpx, and with lion-tui.
"""

from __future__ import annotations

from adapters import Adapter  # type: ignore[import-not-found] - the benchmark's own module


class LionTui(Adapter):  # type: ignore[misc] - as above
    """A new session on an OpenAI-compatible server."""

    name = "lion-tui"
    version_dist = ("lion-tui", "lion-tui")
    history_ok = True

    def prepare(self, ctx):  # type: ignore[no-untyped-def] - the benchmark is not typed
        """Configure the server, write the history, and return the command."""
        ctx.env.update(LION_TUI_CONFIG=str(ctx.home / "config"), LION_TUI_DATA=str(ctx.home / "data"))
        (ctx.home / "config").mkdir()
        (ctx.home / "config" / "config.toml").write_text(
            f'service = "mock"\nmodel = "{ctx.model}"\n[services.mock]\nbase_url = "{ctx.base}/v1"\n'
        )
        argv = [ctx.venv_bin("lion-tui", "lion-tui")]
        if ctx.history:
            from lion_tui import Session

            session = Session()
            for role, text in ctx.history:
                session.add_message({"you": "user"}.get(role, role), text)
            session.save(ctx.home / "history.parquet")
            argv += ["open", str(ctx.home / "history.parquet")]
        return argv

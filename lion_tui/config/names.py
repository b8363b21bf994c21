"""Names that the configuration and the services share."""

from __future__ import annotations

from typing import Final

EMBEDDED: Final = "embedded"
"""The service that needs neither a key nor a server: the model that this program runs itself."""

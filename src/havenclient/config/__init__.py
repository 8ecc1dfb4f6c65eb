"""Settings: one schema (`schema.py`), one file (`store.py`).

    settings = config.load(places.settings_file, os.environ)
    settings.locking.lock_after_minutes
    config.set_value(places.settings_file, "look.theme", "ansi-dark")

Values only; nothing here acts on a setting.
"""

from havenclient.config.schema import Field, Settings, Value, fields, find
from havenclient.config.store import (
    json_schema,
    load,
    set_value,
    template,
    toml_value,
    unset_value,
)

__all__ = [
    "Field",
    "Settings",
    "Value",
    "fields",
    "find",
    "json_schema",
    "load",
    "set_value",
    "template",
    "toml_value",
    "unset_value",
]

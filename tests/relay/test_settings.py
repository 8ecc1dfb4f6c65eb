"""Settings: one schema for file, environment, comments and checks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from havenclient.errors import UsageError
from havenclient.relay import commands  # noqa: F401 - registers the commands
from havenclient.relay.cli import relay as cli
from havenclient.relay.settings import Settings, address, commented, load


def test_the_commented_file_with_its_comments_taken_away_says_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "relay.toml"
    path.write_text(commented())
    assert load(path, {}) == Settings()
    path.write_text(re.sub(r"^# (\w+ = )", r"\1", commented(), flags=re.MULTILINE))
    assert load(path, {}) == Settings()
    assert path.read_text().count("\n[") == 3


def test_command_line_wins_over_environment_over_file(tmp_path: Path) -> None:
    path = tmp_path / "relay.toml"
    path.write_text('[net]\nlisten = "127.0.0.1:1"\n[limits]\nreaders = 5\n[relay]\ncard = "hi"\n')
    env = {"HAVEN_RELAY_NET_LISTEN": "127.0.0.1:2", "HAVEN_RELAY_LIMITS_READERS": "6"}
    loaded = load(path, env, {"net.listen": "127.0.0.1:3"})
    assert (loaded.net.listen, loaded.limits.readers, loaded.relay.card) == ("127.0.0.1:3", 6, "hi")


@pytest.mark.parametrize(
    "text",
    [
        "[limits]\nreaders = 0",
        "[limits]\nreaders = true",
        '[limits]\nreaders = "5"',
        "[limits]\nunknown = 1",
        "[unknown]\n",
        "listen = 5",
        "[net]\nlisten = 8765",
        '[net]\nlisten = "8765"',
        '[net]\ntls_key = "only.pem"',
        "[relay]\nadmission = 1",
        "[relay]\nretention_days = 91",
        "[relay]\nclosing_retention_days = 7",
        "not toml",
    ],
)
def test_settings_out_of_shape_are_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "relay.toml"
    path.write_text(text)
    with pytest.raises(UsageError):
        load(path, {})


def test_a_misspelt_variable_is_refused_as_a_misspelt_setting_is(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="HAVEN_RELAY_LIMITS_READRS"):
        load(None, {"HAVEN_RELAY_LIMITS_READRS": "5"})
    # Those of the commands, and of the tests, are nobody's settings.
    assert load(None, {"HAVEN_RELAY_DATA": "x", "HAVEN_RELAY_SETTINGS": "y"}) == Settings()


def test_a_variable_with_a_wrong_section_is_a_slip_and_kubernetes_is_none() -> None:
    for slip in ("HAVEN_RELAY_LIMIT_READERS", "HAVEN_RELAY_LISTEN", "HAVEN_RELAY_NET_LISTN"):
        with pytest.raises(UsageError, match=slip):
            load(None, {slip: "5"})
    # What it makes in every container, for a service that is called haven-relay.
    address = "tcp://10.0.0.1:8765"
    service = {"HAVEN_RELAY_SERVICE_HOST": "10.0.0.1", "HAVEN_RELAY_SERVICE_PORT": "8765"}
    ports = {"HAVEN_RELAY_PORT": address, "HAVEN_RELAY_PORT_8765_TCP_ADDR": "10.0.0.1"}
    assert load(None, service | ports | {"HAVEN_RELAY_PORT_8765_TCP": address}) == Settings()


def test_addresses() -> None:
    assert address("[::1]:80") == ("::1", 80)
    assert address("relay.example:8765") == ("relay.example", 8765)
    for wrong in ("", ":80", "host", "host:", "host:x", "host:70000"):
        with pytest.raises(UsageError):
            address(wrong)


def test_init_writes_a_private_file_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = CliRunner().invoke(cli, ["init", "--data", str(data)])
    assert first.exit_code == 0
    assert (data / "relay.toml").stat().st_mode & 0o777 == 0o600
    (data / "relay.toml").write_text("# mine")
    again = CliRunner().invoke(cli, ["init", "--data", str(data)])
    assert isinstance(again.exception, UsageError)
    assert (data / "relay.toml").read_text() == "# mine"

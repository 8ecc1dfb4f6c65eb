"""Settings: one schema, read leniently, written strictly, comments kept."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from havenclient import config
from havenclient.care.boundaries import beginning
from havenclient.errors import StorageError, UsageError
from havenclient.paths import Places, private_folder, replace_file


def test_every_setting_has_a_sentence_and_a_default_that_passes_its_own_check() -> None:
    assert len(config.fields()) > 20
    for one in config.fields():
        assert one.sentence.endswith("."), one.key
        assert one.check(one.default) == one.default
        assert one.allowed


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    settings = config.load(tmp_path / "config.toml", {})
    assert settings == config.Settings()
    assert settings.locking.cover_after_seconds == 120
    assert settings.locking.lock_after_minutes == 10
    assert settings.writing.external_editor is False


def test_a_change_keeps_comments_and_other_values(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "config.toml"
    config.set_value(path, "boundaries.low_mood_days", "6")
    path.write_text(path.read_text() + "# mine\n")
    config.set_value(path, "look.theme", "ansi-dark")
    text = path.read_text()
    assert "# mine" in text
    loaded = config.load(path, {})
    assert (loaded.boundaries.low_mood_days, loaded.look.theme) == (6, "ansi-dark")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert config.unset_value(path, "look.theme") == "haven-dusk"
    assert "theme" not in path.read_text()


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("boundaries.quiet_hours", "22-07"),
        ("boundaries.quiet_hours", "24:00-07:00"),
        ("locking.lock_after_minutes", "0"),
        ("locking.lock_after_minutes", "ten"),
        ("look.mouse", "maybe"),
        ("look.theme", "hotdog"),
        ("safety.country", "gb"),
        ("writing.editor", "vi\x1b[2J"),
        ("nothing.here", "1"),
    ],
)
def test_a_bad_value_is_refused_and_nothing_is_written(tmp_path: Path, key: str, text: str) -> None:
    with pytest.raises(UsageError):
        config.set_value(tmp_path / "config.toml", key, text)
    assert not (tmp_path / "config.toml").exists()


def test_a_bad_file_is_reported_and_never_stops_haven(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[look]\ntheme = 7\nmouze = true\nmouse = false\n[moon]\nx = 1\n")
    settings = config.load(path, {})
    assert settings.look.theme == "haven-dusk"
    assert settings.look.mouse is False
    assert len(settings.problems) == 3
    path.write_text("this is not toml [")
    assert config.load(path, {}).problems == (
        "the settings file is not valid TOML and was not read",
    )
    with pytest.raises(UsageError):
        config.set_value(path, "look.mouse", "true")
    assert path.read_text() == "this is not toml ["


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    config.set_value(path, "look.theme", "ansi-dark")
    env = {"HAVEN_LOOK_THEME": "ansi-light", "HAVEN_REDUCED_MOTION": "1", "HAVEN_LOOK_MOUSE": "?"}
    settings = config.load(path, env)
    assert settings.look.theme == "ansi-light"
    assert settings.look.reduced_motion is True
    assert settings.problems == ("HAVEN_LOOK_MOUSE: look.mouse takes true or false",)


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        ("boundaries.quiet_hours", "22:00-07:00", "haven care limits quiet_hours 22:00-07:00"),
        ("boundaries.quiet_hours", "", "haven care limits quiet_hours none"),
        ("boundaries.session_minutes", "40", "haven care limits visit 40"),
        ("boundaries.circle_minutes_per_day", "20", "haven care limits reading_cap 20"),
    ],
)
def test_a_limit_of_ones_own_is_no_line_in_a_plain_file(
    tmp_path: Path, key: str, text: str, words: str
) -> None:
    """What a person limits says something about her (docs/decisions/0050)."""
    path = tmp_path / "config.toml"
    with pytest.raises(UsageError) as bad:
        config.set_value(path, key, text)
    assert words in bad.value.hints[0] and not path.exists()
    assert config.find(key).name not in config.template(config.Settings())


def test_what_once_stood_in_the_file_is_still_understood(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        '[boundaries]\nquiet_hours = "23:00-06:00"\ncircle_minutes_per_day = 20\n'
        "session_minutes = 40\n"
    )
    settings = config.load(path, {})
    limits = beginning(settings.boundaries)
    assert (limits.quiet_hours, limits.reading_cap, limits.visit) == ("23:00-06:00", 20, 40)
    assert settings.problems == () and "quiet_hours" in config.template(settings)
    path.write_text('[boundaries]\nquiet_hours = ""\n')
    assert beginning(config.load(path, {}).boundaries).quiet_hours == "", "none was meant as none"
    assert beginning(config.load(tmp_path / "no", {}).boundaries).quiet_hours == "22:00-07:00"
    assert config.unset_value(path, "boundaries.quiet_hours") == "own"


def test_a_mistyped_name_gets_the_near_one() -> None:
    with pytest.raises(UsageError) as bad:
        config.find("look.them")
    assert bad.value.hints == ("did you mean look.theme?",)
    with pytest.raises(UsageError) as bad:
        config.find("theme")
    assert bad.value.hints == ("did you mean look.theme?",)


def test_the_template_is_valid_toml_and_holds_what_differs() -> None:
    settings = config.Settings().replacing("look.theme", "ansi-dark")
    text = config.template(settings)
    assert tomllib.loads(text)["look"] == {"theme": "ansi-dark"}
    for one in (one for one in config.fields() if not one.moved):
        assert f"{one.name} =" in text
        assert one.sentence in text


def test_values_survive_toml(tmp_path: Path) -> None:
    for value in ("a\\b", 'say "x"', "", "日記"):
        assert tomllib.loads(f"x = {config.toml_value(value)}") == {"x": value}


def test_a_linked_settings_file_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "haven.toml"
    real.parent.mkdir()
    real.write_text("")
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    config.set_value(link, "look.mouse", "false")
    assert link.is_symlink()
    assert "mouse = false" in real.read_text()


def test_an_unwritable_folder_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        config.set_value(tmp_path / "file" / "config.toml", "look.mouse", "false")


def test_places_are_all_under_one_home(tmp_path: Path) -> None:
    places = Places.default({"HAVEN_HOME": str(tmp_path), "XDG_RUNTIME_DIR": "/run/user/7"})
    assert places.vault == tmp_path / "data" / "journal"
    assert places.settings_file == tmp_path / "config" / "config.toml"
    assert places.runtime == Path("/run/user/7/haven")
    assert Places.default({"HAVEN_HOME": str(tmp_path)}).runtime is None


def test_private_folder_and_file(tmp_path: Path) -> None:
    inner = private_folder(tmp_path / "a" / "b")
    assert inner.stat().st_mode & 0o777 == 0o700
    assert inner.parent.stat().st_mode & 0o777 == 0o700
    replace_file(inner / "x", b"1")
    replace_file(inner / "x", b"2")
    assert (inner / "x").read_bytes() == b"2"
    assert [p.name for p in inner.iterdir()] == ["x"]

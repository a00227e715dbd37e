"""Settings: documented, checked, and read from the environment."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from serendipity.config import Settings

DOCUMENT = Path(__file__).parents[3] / "docs" / "operations" / "settings.md"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run where no .env lies."""
    monkeypatch.chdir(tmp_path)


def test_every_setting_is_documented_with_its_description() -> None:
    """A setting without its line in docs/operations/settings.md, or with another text there, fails."""
    text = DOCUMENT.read_text(encoding="utf-8")
    undocumented = [
        name
        for name, field in Settings.model_fields.items()
        if f"`SERENDIPITY_{name.upper()}`" not in text or (field.description or "-") not in text
    ]
    assert not undocumented


def test_every_documented_setting_exists() -> None:
    """The document names nothing that the service does not read."""
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    named = {line.split("`")[1].removeprefix("SERENDIPITY_").lower() for line in lines if line.startswith("| `SEREN")}
    assert named == set(Settings.model_fields)


def test_smtp_without_a_server_is_refused() -> None:
    """Choosing SMTP without naming the server stops at the start, not at the first mail."""
    with pytest.raises(ValidationError, match="SERENDIPITY_SMTP_HOST"):
        Settings(channel="smtp")


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """A compose file passes variables that nobody set as empty strings."""
    monkeypatch.setenv("SERENDIPITY_SMTP_USER", "")
    monkeypatch.setenv("SERENDIPITY_LEDGER_URL", "")
    settings = Settings()
    assert settings.smtp_user is None
    assert settings.ledger.startswith("sqlite:///")


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Languages and origins are written as people write them."""
    monkeypatch.setenv("SERENDIPITY_LANGUAGES", "nl, en")
    assert Settings().languages == ("nl", "en")


def test_cookies_are_secure_where_the_service_is_reached_by_https() -> None:
    """Nobody needs to remember a switch for it."""
    assert Settings(base_url="https://meet.example.org").cookies_are_secure
    assert not Settings(base_url="http://127.0.0.1:8080").cookies_are_secure


def test_an_address_in_other_letters_is_taken_as_programs_write_it() -> None:
    """Headers of mails hold no other: the service's own address."""
    assert Settings(base_url="https://köln.example:8443/über").base_url == "https://xn--kln-sna.example:8443/%C3%BCber"


@pytest.mark.parametrize(
    ("mail_from", "sender"),
    [("Club <hi@köln.example>", ("Club", "hi@xn--kln-sna.example")), ("hi@club.example.", ("", "hi@club.example"))],
)
def test_a_sender_is_taken_in_the_normal_form_of_addresses(mail_from: str, sender: tuple[str, str]) -> None:
    """Mails can be built with it."""
    assert Settings(mail_from=mail_from).sender == sender

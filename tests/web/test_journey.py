"""The product asks how far somebody is, and unlocks and guides inside itself."""

from __future__ import annotations

import base64

import pytest
from town import Answer, Town

from bot.keys import issue
from bot.knowing import Knowing
from storage.keys import KeyStore


@pytest.fixture(scope="module")
def read_key(town: Town) -> str:
    issued = issue("product", "read")
    KeyStore(town.house.store.database).add(issued.key)
    return issued.text


def asks(town: Town, user: str, key: str, query: str = "") -> Answer:
    given = base64.b64encode(f"{key}:".encode()).decode()
    return town.fetch("GET", f"/v1/people/{user}/journey{query}", headers={"Authorization": f"Basic {given}"})


def test_the_product_reads_what_is_open_and_what_comes_next(town: Town, nora: str, read_key: str):
    told = asks(town, nora, read_key).json
    assert (told["playbook"], told["status"], told["day"]) == ("smb", "underway", 0)
    assert told["next_step"]["step"] == "connect_source"
    assert {m["module"]: m["open"] for m in told["modules"]}["Get set up"] is True
    assert told["segments"]["stage"]["is"] == "new_arrival"
    assert told["segments"]["stage"]["since"] >= told["started"]


def test_texts_are_in_the_language_that_is_asked_for_and_ids_stay(town: Town, nora: str, read_key: str):
    told = asks(town, nora, read_key, "?locale=de").json
    assert told["next_step"]["step"] == "connect_source"
    assert told["next_step"]["title"] != "Connect your first data source"


@pytest.mark.parametrize("key", ["", "demo", "hrr_made-up"])
def test_a_wrong_key_and_a_write_key_read_nothing(town: Town, nora: str, key: str):
    answer = asks(town, nora, key)
    assert (answer.status, answer.json["code"]) == (401, "invalid_read_key")


@pytest.mark.parametrize("written", ["google-oauth2/123", "google-oauth2%2F123"])
def test_an_id_with_a_slash_can_be_asked_for(town: Town, nora: str, read_key: str, written: str):
    Knowing(town.house.door).alias(nora, "google-oauth2/123")
    assert asks(town, written, read_key).json["playbook"] == "smb"


def test_nobody_of_that_id_is_404(town: Town, read_key: str):
    assert asks(town, "nobody-at-all", read_key).status == 404

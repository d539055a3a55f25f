"""One mailbox, written in several ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.addresses import normal_address, same_address, spellings


@pytest.mark.parametrize(
    "written", ["carl@bücher.test", "Carl@BÜCHER.test", " carl@xn--bcher-kva.test ", "carl@XN--BCHER-KVA.test", "carl@bücher。test"]
)
def test_carl_is_one_mailbox_however_his_domain_is_written(written: str) -> None:
    assert normal_address(written) == "carl@xn--bcher-kva.test"
    assert same_address(written, "carl@bücher.test")


def test_carl_may_be_known_by_either_spelling() -> None:
    assert spellings("Carl@bücher.test") == ("carl@xn--bcher-kva.test", "carl@bücher.test")
    assert spellings("Ana@acme.test") == ("ana@acme.test",)


@pytest.mark.parametrize("other", ["", "carl@bucher.test", "carla@bücher.test", "carl"])
def test_somebody_else_is_not_carl(other: str) -> None:
    assert not same_address("carl@bücher.test", other)
    assert not same_address(other, "carl@bücher.test")


def test_nobody_is_nobody() -> None:
    assert not same_address("", "")
    assert not same_address(" ", "")


@given(st.text(max_size=300) | st.builds("{}@{}".format, st.text(max_size=5), st.text(max_size=300)))
def test_whatever_it_is_it_has_one_normal_form(text: str) -> None:
    once = normal_address(text)
    assert normal_address(once) == once
    assert spellings(text)[0] == once

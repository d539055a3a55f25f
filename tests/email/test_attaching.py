"""What came with a mail: pictures drawn anew, and names."""

from __future__ import annotations

import pytest
from pictures import a_picture

from bot.email import attaching
from bot.email.attaching import attached
from bot.email.parsing import Part


def shot(name: str = "shot.png", width: int = 200) -> Part:
    return Part(name=name, mimetype="image/png", content=a_picture(width, 100 if width > 40 else width))


def test_ten_pictures_are_kept_and_of_the_others_the_names() -> None:
    found = attached([shot(f"{n}.png") for n in range(14)], "k" * 64)
    assert len(found.kept) == 10
    assert [bool(one.url) for one in found.files] == [True] * 10 + [False] * 4


def test_of_very_many_files_twenty_are_heard_of() -> None:
    assert len(attached([Part(name="a.pdf", mimetype="application/pdf", content=b"%PDF")] * 50, "k" * 64).files) == 20


def test_the_icon_in_a_signature_is_left_out() -> None:
    assert attached([shot("logo.png", 16)], "k" * 64) == attaching.Attached()


def test_the_same_mail_gives_its_files_the_same_names() -> None:
    assert attached([shot()], "k" * 64) == attached([shot()], "k" * 64)
    assert attached([shot()], "k" * 64).kept[0].id != attached([shot()], "l" * 64).kept[0].id


def test_a_picture_too_large_even_when_drawn_anew_is_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attaching, "MOST_BYTES", 10)
    found = attached([shot()], "k" * 64)
    assert (found.kept, found.files[0].url) == ((), "")


def test_a_name_ends_as_what_it_is_now() -> None:
    assert attached([shot("shot.bmp")], "k" * 64).files[0].name == "shot.png"
    assert attached([shot("shot")], "k" * 64).files[0].name == "shot.png"
    assert attached([Part(name="", mimetype="x/y", content=b"?")], "k" * 64).files[0].name == "file"


def test_of_more_than_anybody_looks_at_the_names_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attaching, "MOST_PIXELS", 45_000)
    found = attached([shot("1.png"), shot("2.png"), shot("3.png", 300), shot("4.png", 50)], "k" * 64)
    assert [(one.name, bool(one.url)) for one in found.files] == [("1.png", True), ("2.png", True), ("3.png", False), ("4.png", True)]

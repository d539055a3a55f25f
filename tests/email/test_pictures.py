"""Pictures from strangers: what a colleague sees was drawn by us, and tells nothing else."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.email.pictures import LONGEST_SIDE, pixels_of, redrawn

RED = (200, 30, 30)
WHERE_ANA_LIVES = "48.8583 N, 2.2945 E"
_ORIENTATION, _DESCRIPTION = 0x0112, 0x010E


def drawn(kind: str, size: tuple[int, int] = (40, 20), **said: object) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, RED).save(written, kind, **said)
    return written.getvalue()


def seen(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize(("kind", "becomes"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("GIF", "image/png"), ("WEBP", "image/png")])
def test_anas_screenshot_is_drawn_again(kind: str, becomes: str) -> None:
    picture = redrawn(drawn(kind))
    assert picture is not None
    assert (picture.mimetype, picture.width, picture.height) == (becomes, 40, 20)
    pixel = seen(picture.content).convert("RGB").getpixel((5, 5))
    assert isinstance(pixel, tuple)
    assert all(abs(a - b) < 12 for a, b in zip(pixel, RED, strict=True))


def test_a_photo_does_not_tell_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[_DESCRIPTION] = WHERE_ANA_LIVES
    photo = drawn("JPEG", exif=exif, comment=WHERE_ANA_LIVES.encode())
    picture = redrawn(photo)
    assert WHERE_ANA_LIVES.encode() in photo
    assert picture is not None
    assert WHERE_ANA_LIVES.encode() not in picture.content
    assert not seen(picture.content).getexif()


def test_a_photo_taken_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    picture = redrawn(drawn("JPEG", (40, 20), exif=exif))
    assert picture is not None
    assert (picture.width, picture.height) == (20, 40)


def test_what_can_be_seen_through_stays_so() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(written, "PNG")
    picture = redrawn(written.getvalue())
    assert picture is not None
    assert seen(picture.content).mode == "RGBA"


def test_a_picture_that_moves_shows_how_it_begins() -> None:
    frames = [Image.new("RGB", (8, 8), color) for color in (RED, (0, 0, 250))]
    written = io.BytesIO()
    frames[0].save(written, "GIF", save_all=True, append_images=frames[1:])
    picture = redrawn(written.getvalue())
    assert picture is not None
    assert getattr(seen(picture.content), "n_frames", 1) == 1
    assert seen(picture.content).convert("RGB").getpixel((0, 0)) == RED


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_big_picture_gets_smaller_and_keeps_its_shape(kind: str) -> None:
    picture = redrawn(drawn(kind, (4800, 1200)))
    assert picture is not None
    assert (picture.width, picture.height) == (LONGEST_SIDE, 600)


def test_a_bomb_is_no_picture() -> None:
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(1_000_000))), (b"IEND", b"")]
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    assert redrawn(png) is None
    assert redrawn(drawn("PNG", (5000, 4001))) is None


def scans(content: bytes, times: int) -> bytes:
    """A photo whose last pass over all of its pixels is there many times."""
    start = content.rindex(b"\xff\xda")
    return content[:start] + content[start:-2] * times + content[-2:]


def test_a_photo_that_is_drawn_over_and_over_is_no_picture() -> None:
    photo = drawn("JPEG", (300, 200), progressive=True)
    assert redrawn(photo) is not None
    assert redrawn(scans(photo, 40)) is None
    hidden = photo[:2] + b"\xff\xe1\x00\x06abcd" + b"\xff" * 50 + photo[2:]
    assert redrawn(scans(hidden, 40)) is None


def test_a_photo_with_a_film_behind_it_is_a_picture() -> None:
    assert redrawn(drawn("JPEG", progressive=True, comment=b"\xff\xda" * 100) + b"\xff\xda film" * 1000) is not None


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_how_much_there_is_to_draw_is_known_before(kind: str) -> None:
    assert pixels_of(drawn(kind, (300, 200))) == 60_000
    assert pixels_of(b"<svg/>") == 0


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_half_a_picture_is_none(kind: str) -> None:
    noise = Image.effect_noise((200, 200), 80).convert("RGB")
    written = io.BytesIO()
    noise.save(written, kind)
    whole = written.getvalue()
    assert redrawn(whole) is not None
    assert redrawn(whole[: len(whole) // 2]) is None


@pytest.mark.parametrize(
    "content",
    [
        *(
            b"",
            b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
            b"<html><img></html>",
            b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heic",
        ),
        *(b"%!PS-Adobe-3.0 EPSF-3.0\n", b"BM" + bytes(60), b"II*\x00" + bytes(60), b"GIF89a"),
    ],
)
def test_what_is_no_picture_of_ours_is_none(content: bytes) -> None:
    assert redrawn(content) is None


def test_a_page_hidden_behind_a_picture_is_gone() -> None:
    picture = redrawn(drawn("PNG") + b"<script>alert(1)</script>")
    assert picture is not None
    assert b"<script>" not in picture.content


@given(st.binary(max_size=300), st.sampled_from(["PNG", "JPEG", "GIF", "WEBP"]), st.integers(0, 200))
def test_a_broken_file_breaks_nothing(junk: bytes, kind: str, at: int) -> None:
    whole = drawn(kind)
    picture = redrawn(whole[:at] + junk + whole[at + len(junk) :])
    assert picture is None or picture.mimetype in ("image/png", "image/jpeg")

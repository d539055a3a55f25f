"""An article opened from a mail counts once somebody really looks at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from everybody import everybody_can_read
from on_pages import person
from playwright.sync_api import expect
from town import Town, a_town
from visiting import Visitor

from storage.content import uses


@pytest.fixture(scope="module")
def town(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:  # noqa: ARG001 - no town for nobody
    with a_town(tmp_path_factory.mktemp("reading")) as found:
        yield found


def opened(town: Town) -> int:
    found = uses(town.house.store.database).get("connect-a-source")
    return found.opened if found else 0


def test_nora_reads_it_and_only_then_it_is_counted(town: Town, visit: Callable[..., Visitor]) -> None:
    nora = town.newcomer("Nora")
    links = town.house.links.of(person(town, nora).id, town.demo.now())
    reader = visit(town)
    reader.opens(links.help("connect-a-source", told=False))
    expect(reader.page.get_by_role("heading", level=1)).to_be_visible()
    everybody_can_read(reader)
    assert opened(town) == 0
    with reader.page.expect_response("**/help/connect-a-source/seen") as told:
        reader.page.mouse.move(200, 200)
        reader.page.mouse.move(240, 260)
    assert told.value.status == 204
    for _ in range(100):
        if opened(town):
            break
        reader.page.wait_for_timeout(50)
    assert opened(town) == 1

"""The page that shows the sandbox's global tables, in a real browser."""

import contextlib
import re
import subprocess
from collections.abc import Iterator

import pytest

from sandbox.server import Sandbox
from tests import browser as chromium
from tests.browser import Browser
from tests.clients import Clients, create_global_table, create_table
from tests.pauses import Aws, create_role, paused, stop
from tests.scripts import ROOT, SAMPLE, SEATS, command
from tests.strong_table import create_strong_table
from tests.waiting import until

pytestmark = pytest.mark.skipif(not chromium.is_there(), reason=chromium.MISSING)

LOAD = "python load_flights.py flights ./data/flights_data.csv us-east-2"


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    running = Browser()
    yield running
    running.quit()


@pytest.fixture
def page(chrome: Browser, sandbox: Sandbox) -> Iterator[Browser]:
    """A browser that shows the sandbox's page, and has nothing to complain of in the end."""
    chrome.open(f"{sandbox.url}/")
    yield chrome
    assert chrome.problems() == []
    assert chrome.hosts() == {sandbox.url.removeprefix("http://")}
    chrome.close()


@contextlib.contextmanager
def started(name: str, *arguments: str) -> Iterator[None]:
    """While a script runs. Once all has been seen, the script is ended."""
    with subprocess.Popen(command(name, *arguments), cwd=ROOT, stdout=subprocess.DEVNULL) as script:
        yield
        script.kill()


def column(page: Browser, number: int) -> list[str]:
    """What the table says of a region, row by row."""
    return page.texts(f"tbody td:nth-of-type({number})")


def losses(page: Browser) -> list[str]:
    return page.texts("#losses li")


def create_replicas(dynamodb: Clients) -> None:
    """The exercise's table, with a replica made by DynamoDB."""
    create_table(dynamodb("us-east-2"), BillingMode="PAY_PER_REQUEST", ProvisionedThroughput=None)
    dynamodb("us-east-2").update_table(
        TableName="flights", ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}]
    )


@pytest.mark.sandbox(lag=0.5)
def test_the_page_follows_the_learner(page: Browser, dynamodb: Clients) -> None:
    until(lambda: "./setup_global_table.sh" in page.text("#hint"))

    create_replicas(dynamodb)
    until(lambda: page.texts("thead th + th") == ["us-east-2ACTIVE", "eu-west-1CREATING"])
    until(lambda: page.texts("thead th + th") == ["us-east-2ACTIVE", "eu-west-1ACTIVE"])
    assert page.text("#hint code") == LOAD

    with started("load_flights", "flights", "data/flights_data.csv", "us-east-2"):
        until(lambda: page.count(".stream"))
        assert re.fullmatch(r"[\d,]+ →", page.text(".count"))
        until(lambda: "us-east-2 accepted 2,500 writes" in page.text("#lines"))
    until(lambda: column(page, 2) == [str(seats) for seats in SEATS.values()])
    names = [f"{airline} {flight}" for flight, airline in SEATS]
    assert page.texts("tbody th") == names
    until(lambda: not page.count(".stream"))

    with started("ec_query_flights", "flights", "222", "us-east-2", "eu-west-1"):
        until(lambda: column(page, 1) == ["222"] * 10)
        assert column(page, 2) == [f"{seats} stale" for seats in SEATS.values()]
        assert page.texts(".dot") == ["222 ›"] * 10
        assert page.text("#pending") == "10"
    until(lambda: column(page, 2) == ["222"] * 10)
    until(lambda: page.count(".dot") == 0)
    assert losses(page) == ["None so far: no region has overwritten what another wrote meanwhile."]

    with started("multi_update_flights", "flights", "111", "us-east-2", "000", "eu-west-1"):
        until(lambda: column(page, 1) == ["111 stale"] * 10)
        until(lambda: column(page, 2) == ["0"] * 10)
    until(lambda: column(page, 1) == ["0 ✕ 111 lost"] * 10)
    sentence = r"us-east-2's 111 lost to eu-west-1's 0, written [\d,]+ ms later (.*)"
    lost = [re.fullmatch(sentence, loss) for loss in losses(page)]
    assert sorted(loss[1] for loss in lost if loss) == sorted(names)
    assert (page.text("#lost-count"), page.text("#pending")) == ("10", "0")
    assert re.fullmatch(r"\d{3} ms", page.text("#median"))
    assert "LOST: 10 × 111 of us-east-2 to eu-west-1" in page.text("#lines")
    until(lambda: page.texts("#spoken")[0].startswith("10 writes lost so far. The latest: us-"))


@pytest.mark.sandbox(lag=0.2)
@pytest.mark.parametrize(("width", "height", "scheme"), [(800, 600, "light"), (1600, 900, "dark")])
@pytest.mark.usefixtures("flights")
def test_everything_fits_into_the_window_in_large_print(
    page: Browser, sandbox: Sandbox, dynamodb: Clients, width: int, height: int, scheme: str
) -> None:
    for region, seats in (("us-east-2", "111"), ("eu-west-1", "0")):
        for item in SAMPLE:
            write = {**item, "available_seats": {"N": seats}}
            dynamodb(region).put_item(TableName="flights", Item=write)
    page.open(f"{sandbox.url}/", width, height, prefers_color_scheme=scheme)
    until(lambda: page.count("#losses b") == 10)
    root = "document.documentElement"
    assert page.run(f"[{root}.scrollWidth, {root}.scrollHeight]") == [width, height]
    size = "parseFloat(getComputedStyle(document.querySelector('.value')).fontSize)"
    assert page.run(size) >= height / 30
    cut = (
        "[...document.querySelectorAll('tbody th, .cell, .region, dd')]"
        ".filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.textContent)"
    )
    assert page.run(cut) == []
    dark = page.run("getComputedStyle(document.body).backgroundColor") == "rgb(14, 18, 23)"
    assert dark == (scheme == "dark")


@pytest.mark.sandbox(lag=2)
def test_who_wants_no_motion_sees_none(page: Browser, sandbox: Sandbox, dynamodb: Clients) -> None:
    create_global_table(dynamodb)
    page.open(f"{sandbox.url}/", prefers_reduced_motion="reduce")
    item = {**SAMPLE[0], "available_seats": {"N": "1"}}
    dynamodb("us-east-2").put_item(TableName="flights", Item=item)
    until(lambda: page.texts(".dot") == ["1 ›"])
    assert page.run("document.getAnimations().length") == 0


@pytest.mark.sandbox(lag=0.1)
def test_a_paused_replica_is_marked_and_what_waits_for_it_stays_in_sight(
    page: Browser, dynamodb: Clients, aws: Aws
) -> None:
    create_replicas(dynamodb)
    create_role(aws)
    until(lambda: page.texts("thead th + th") == ["us-east-2ACTIVE", "eu-west-1ACTIVE"])
    experiment = paused(aws)
    for region, seats in (("us-east-2", "5"), ("eu-west-1", "9")):
        item = {**SAMPLE[0], "available_seats": {"N": seats}}
        dynamodb(region).put_item(TableName="flights", Item=item)
    until(lambda: page.texts(".dot.waiting") == ["5 ›", "‹ 9"])
    assert page.texts("thead th + th")[0] == "us-east-2❚❚ PAUSED"
    assert (column(page, 1)[0], column(page, 2)[0]) == ("5 stale", "9")
    stop(aws, experiment)
    until(lambda: column(page, 1)[0] == "9 ✕ 5 lost")
    assert page.texts("thead th + th") == ["us-east-2ACTIVE", "eu-west-1ACTIVE"]
    assert page.count(".dot") == 0


def test_a_group_with_strong_consistency_is_called_so(page: Browser, dynamodb: Clients) -> None:
    create_strong_table(dynamodb)
    words = "multi-Region strong consistency, witness in us-east-1"
    until(lambda: page.text("#kind") == words)
    dynamodb("eu-west-1").put_item(TableName="flights", Item=SAMPLE[0])
    until(lambda: column(page, 1)[:1] == column(page, 2)[:1] == ["266"])


def test_of_several_tables_one_is_chosen_and_the_address_keeps_the_choice(
    page: Browser, dynamodb: Clients
) -> None:
    create_global_table(dynamodb)
    until(lambda: page.text("h1") == "flights")
    assert not page.run("document.querySelector('#choice').checkVisibility()")
    for region in ("us-east-2", "eu-west-1"):
        create_table(
            dynamodb(region),
            "stock",
            AttributeDefinitions=[{"AttributeName": "shoe", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "shoe", "KeyType": "HASH"}],
        )
    dynamodb("us-east-2").create_global_table(
        GlobalTableName="stock",
        ReplicationGroup=[{"RegionName": "us-east-2"}, {"RegionName": "eu-west-1"}],
    )
    until(lambda: page.texts("#choice option") == ["flights", "stock"])
    page.run("choice.value = 'stock', choice.dispatchEvent(new Event('change'))")
    assert page.text("h1") == "stock"
    page.run("location.reload()")
    until(lambda: page.text("h1") == "stock")
    assert page.run("location.search") == "?table=stock"

    shoe = {"shoe": {"S": "clog"}, "price": {"N": "9"}, "pairs": {"N": "5"}}
    dynamodb("us-east-2").put_item(TableName="stock", Item=shoe)
    dynamodb("eu-west-1").put_item(TableName="stock", Item={**shoe, "pairs": {"N": "4"}})
    until(lambda: column(page, 1) == column(page, 2) == ["4"])
    assert page.texts("tbody th") == ["clog pairs"]


def test_a_page_says_when_the_sandbox_ends_and_returns_when_it_does(chrome: Browser) -> None:
    with Sandbox() as sandbox:
        port = int(sandbox.url.rpartition(":")[2])
        chrome.open(f"{sandbox.url}/")
        until(lambda: "./setup" in chrome.text("#hint"))
    until(lambda: "The sandbox has ended" in chrome.text("#notice"))
    with Sandbox(port=port):
        until(lambda: chrome.text("#notice") == "")
    chrome.close()


def test_more_pages_are_live_than_a_browser_opens_connections(
    page: Browser, sandbox: Sandbox, dynamodb: Clients
) -> None:
    with page.tabs(8, sandbox.url) as tabs:
        create_global_table(dynamodb)
        for tab in tabs:
            page.turn_to(tab)
            until(lambda: page.text("h1") == "flights")

"""The service over HTTP, with stand-ins for Claude and S3."""

from __future__ import annotations

import json
import threading

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.conftest import Service, environment, run
from tests.standins import StandIns


def test_an_answer_of_claude(service: Service) -> None:
    answer = service.client.post("/python/advice", json={"question": "A gift for a friend?"})
    assert answer.json() == {"advice": "An answer to: A gift for a friend?"}


def test_a_refusal_of_claude_is_told(service: Service, fakes: StandIns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fakes, "api_key", "another")
    answer = service.client.post("/python/advice", json={"question": "?"})
    assert answer.status_code == 502
    assert "wrong key" in answer.json()["detail"]


def test_a_receipt_is_in_the_bucket(service: Service, fakes: StandIns) -> None:
    answer = service.client.post("/python/receipts", json={"order": 7, "customer": "Kim", "total_won": 28000})
    assert answer.status_code == 201
    stored = answer.json()
    assert json.loads(fakes.objects[f"/{stored['bucket']}/{stored['key']}"]) == {
        "order": 7,
        "customer": "Kim",
        "total_won": 28000,
    }


@pytest.mark.parametrize("path", ["/health", "/python/delivery", "/python/none"])
def test_every_answer_says_who_gave_it(service: Service, path: str) -> None:
    headers = service.client.get(path).headers
    assert (headers["X-Release"], headers["X-Slot"]) == ("abc12345", "canary")


def test_the_clock_is_seouls(service: Service) -> None:
    time = service.client.get("/python/time").json()
    assert time["zone"] == "Asia/Seoul"
    assert time["now"].endswith("+09:00")


def test_a_websocket_echoes_and_a_stop_closes_it(own_service: Service) -> None:
    with connect(f"ws://127.0.0.1:{own_service.client.base_url.port}/python/ws") as socket:
        assert socket.response is not None
        assert socket.response.headers["X-Slot"] == "canary"
        socket.send("안녕")
        assert socket.recv() == "안녕"
        own_service.terminate()
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=30)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012  # service restart: come again
    assert own_service.process.wait(30) in (0, -15)


def test_a_stop_finishes_the_request_in_flight(own_service: Service, fakes: StandIns) -> None:
    asked, may_answer = threading.Event(), threading.Event()

    class Slow(dict[str, bytes]):
        def __setitem__(self, key: str, value: bytes) -> None:
            asked.set()
            assert may_answer.wait(30)
            super().__setitem__(key, value)

    fakes.objects = Slow()
    statuses: list[int] = []
    receipt = {"order": 8, "customer": "Lee", "total_won": 1}
    request = threading.Thread(
        target=lambda: statuses.append(own_service.client.post("/python/receipts", json=receipt).status_code)
    )
    request.start()
    assert asked.wait(30)
    own_service.terminate()
    may_answer.set()
    request.join(30)
    assert statuses == [201]
    assert own_service.process.wait(30) in (0, -15)


@pytest.mark.parametrize("value", ["", " "])
def test_a_missing_key_stops_the_start_with_one_line(fakes: StandIns, value: str) -> None:
    process = run(environment(fakes, ANTHROPIC_API_KEY=value))
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert output == "cannot start: ANTHROPIC_API_KEY not set; add to the slot's .env file or credentials\n"

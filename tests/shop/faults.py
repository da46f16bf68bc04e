"""What a deployment of the example says where something is wrong: the service, the cause, the remedy."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.rule import Rule

from tests.lab.lab import Result
from tests.shop.releases import Releases
from tests.shop.stack import Stack, stack


@dataclass(frozen=True)
class Fault:
    """says: what its message must hold, the remedy included."""

    title: str
    make: Callable[[Stack], Result]
    code: int
    says: tuple[str, ...]


def deploy(shop: Stack, kind: str) -> Result:
    """`pycanary deploy KIND` with the .env and canary.yml of now."""
    shop.configure()
    return shop.pycanary("deploy", kind)


def port_taken(shop: Stack) -> Result:
    with socket.create_server(("0.0.0.0", 443)):
        return deploy(shop, "stable")


def certificate_missing(shop: Stack) -> Result:
    shop.certificate.unlink()
    try:
        return deploy(shop, "stable")
    finally:
        shop.make_certificate()


def key_missing(shop: Stack) -> Result:
    return with_value(shop, "ANTHROPIC_API_KEY", "", "stable")


def password_wrong(shop: Stack) -> Result:
    return with_value(shop, "SPRING_DATASOURCE_PASSWORD", "not the password", "canary-auto")


def with_value(shop: Stack, name: str, value: str, kind: str) -> Result:
    right = shop.values[name]
    shop.values[name] = value
    try:
        return deploy(shop, kind)
    finally:
        shop.values[name] = right


def build_broken(shop: Stack) -> Result:
    source = "backend/src/main/java/com/example/shop/ShopApplication.java"
    return with_edit(shop, source, "public class", "public clas", "stable")


def memory_short(shop: Stack) -> Result:
    return with_edit(shop, "compose.services.yml", "mem_limit: 640m", "mem_limit: 96m", "canary-auto")


def with_edit(shop: Stack, path: str, old: str, new: str, kind: str) -> Result:
    releases: Releases = shop.releases
    releases.edit(f"Break {path}", path, old, new)
    try:
        return deploy(shop, kind)
    finally:
        releases.revert()


BEFORE_THE_FIRST = (
    Fault("port 443 is taken", port_taken, 3, ("bind() to 0.0.0.0:443 failed", "ss -ltnp")),
    Fault("the certificate is missing", certificate_missing, 3, ("certificate.pem", "nginx.certificate")),
    Fault("the key of Claude is missing", key_missing, 2, ("ANTHROPIC_API_KEY", "its line in the .env file is empty")),
    Fault("the build of an image fails", build_broken, 3, ("backend", "ShopApplication.java", "mend the build")),
)
BESIDE_STABLE = (
    Fault("the password is wrong", password_wrong, 3, ("backend in the canary slot", "Access denied", "password")),
    Fault("too little memory", memory_short, 3, ("backend in the canary slot", "memory", "limit")),
)


def tell() -> int:
    """0 only when each fault ended with its exit code and its words."""
    console = Console(width=150, highlight=False)
    wrong: list[str] = []
    with stack() as shop:
        shop.releases.first()
        wrong += [each for fault in BEFORE_THE_FIRST for each in _try(shop, fault, console)]
        first = deploy(shop, "stable")
        if first.code:
            return _failed(console, [f"the release without a fault: {first.text}"])
        wrong += [each for fault in BESIDE_STABLE for each in _try(shop, fault, console)]
        served = shop.pycanary("status").stdout
        if "999:1, canary out" not in served:
            wrong.append(f"stable does not serve everything after all of that:\n{served}")
    return _failed(console, wrong) if wrong else 0


def _try(shop: Stack, fault: Fault, console: Console) -> list[str]:
    result = fault.make(shop)
    console.print(Rule(fault.title, align="left"))
    console.print(result.stdout + result.stderr, markup=False)
    wrong = [
        f"{fault.title}: says nothing of {word!r}" for word in fault.says if word not in result.stdout + result.stderr
    ]
    return wrong if result.code == fault.code else [*wrong, f"{fault.title}: exit {result.code}, expected {fault.code}"]


def _failed(console: Console, wrong: list[str]) -> int:
    console.print("\n".join(wrong), markup=False)
    return 1

"""A connection is made only to the right host with the right key, and each refusal says what to do."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from pycanary.config.sections import Host as HostConfig
from pycanary.errors import HostFailed
from pycanary.host import connection
from pycanary.host.connection import Host
from tests.lab.machine import free_port, wait_until
from tests.lab.sshd import Sshd, known_hosts_line, make_key


def refusal(config: HostConfig) -> HostFailed:
    with pytest.raises(HostFailed) as caught, Host(config):
        pass
    return caught.value


def test_a_host_that_is_known_lets_us_in(sshd: Sshd) -> None:
    with Host(sshd.host()) as host:
        assert host.name == f"127.0.0.1:{sshd.port}"
        assert host.round_trips == 0


def test_an_unknown_host_key_is_refused_with_the_commands_that_accept_it(sshd: Sshd, tmp_path: Path) -> None:
    known_hosts = tmp_path / "known_hosts"
    error = refusal(sshd.host(known_hosts=str(known_hosts)))
    assert error.kind == "host-key"
    assert error.sentence == (
        f"{sshd.user}@127.0.0.1:{sshd.port}: its host key is not in {known_hosts}\n"
        f"  -> `ssh-keyscan -p {sshd.port} 127.0.0.1 >> {known_hosts}`, and compare the fingerprint with "
        "`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the host"
    )


def test_a_changed_host_key_is_refused_with_the_commands_that_replace_it(sshd: Sshd, tmp_path: Path) -> None:
    make_key(tmp_path / "former")
    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_text(known_hosts_line("127.0.0.1", sshd.port, tmp_path / "former.pub"))
    error = refusal(sshd.host(known_hosts=str(known_hosts)))
    assert error.kind == "host-key"
    assert error.found == (
        f"its host key is not the one in {known_hosts}: it was set up anew, or somebody is in between"
    )
    assert error.remedy == (
        f"if it was set up anew: `ssh-keygen -f {known_hosts} -R '[127.0.0.1]:{sshd.port}'`, then "
        f"`ssh-keyscan -p {sshd.port} 127.0.0.1 >> {known_hosts}` and compare the fingerprint on its console"
    )


def test_a_key_that_the_host_does_not_know_is_refused(sshd: Sshd, tmp_path: Path) -> None:
    make_key(tmp_path / "stranger")
    error = refusal(sshd.host(identity=str(tmp_path / "stranger")))
    assert error.kind == "authentication"
    assert error.found == f"it refused the keys offered for user {sshd.user}"
    assert error.remedy.startswith(f"`ssh-copy-id -p {sshd.port} {sshd.user}@127.0.0.1`")


def test_a_key_file_that_is_missing_is_named(sshd: Sshd, tmp_path: Path) -> None:
    error = refusal(sshd.host(identity=str(tmp_path / "missing")))
    assert (error.kind, error.found) == ("authentication", f"no such file: {tmp_path / 'missing'}")


def test_a_port_where_nothing_listens_is_named(sshd: Sshd) -> None:
    port = free_port()
    error = refusal(sshd.host(port=port))
    assert (error.kind, error.found) == ("connection", f"connection refused on port {port}")
    assert error.remedy == "start its sshd, or correct hosts[].port"


def test_a_name_that_does_not_resolve_is_named(sshd: Sshd) -> None:
    error = refusal(sshd.host(address="no-such-host.invalid"))
    assert (error.kind, error.found) == ("connection", "the name no-such-host.invalid does not resolve")


def test_something_that_is_no_ssh_server_is_refused(sshd: Sshd) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: server.accept()[0].close(), daemon=True).start()
        port = server.getsockname()[1]
        error = refusal(sshd.host(port=port))
    assert error.kind == "connection"
    assert error.remedy == f"try `ssh -p {port} {sshd.user}@127.0.0.1`"


def both_known(jump: Sshd, target: Sshd, file: Path) -> str:
    file.write_text("".join((each.directory / "known_hosts").read_text() for each in (jump, target)))
    with (jump.directory / "authorized_keys").open("a") as keys:
        keys.write((target.directory / "user_key.pub").read_text())
    return str(file)


def test_a_jump_host_is_passed_and_left_again(own_sshd: Sshd, sshd: Sshd, tmp_path: Path) -> None:
    known_hosts = both_known(own_sshd, sshd, tmp_path / "known_hosts")
    jump = f"{own_sshd.user}@127.0.0.1:{own_sshd.port}"
    with Host(sshd.host(jump=jump, known_hosts=known_hosts)):
        assert own_sshd.sessions()
    wait_until(lambda: not own_sshd.sessions(), "the connection to the jump host to end")


def test_the_key_of_a_jump_host_is_checked_and_the_remedy_names_it(own_sshd: Sshd, sshd: Sshd, tmp_path: Path) -> None:
    known_hosts = both_known(own_sshd, sshd, tmp_path / "known_hosts")
    Path(known_hosts).write_text((sshd.directory / "known_hosts").read_text())
    error = refusal(sshd.host(jump=f"{own_sshd.user}@127.0.0.1:{own_sshd.port}", known_hosts=known_hosts))
    assert error.kind == "host-key"
    assert f"ssh-keyscan -p {own_sshd.port} 127.0.0.1 >> {known_hosts}" in error.remedy


def test_a_host_that_does_not_answer_its_jump_host_is_given_up(
    own_sshd: Sshd, sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 2)
    jump = f"{own_sshd.user}@127.0.0.1:{own_sshd.port}"
    known_hosts = both_known(own_sshd, sshd, tmp_path / "known_hosts")
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.create_connection(full.getsockname()):
        port = full.getsockname()[1]
        error = refusal(sshd.host(jump=jump, known_hosts=known_hosts, port=port))
    assert (error.kind, error.found) == ("connection", f"no answer on port {port}")
    wait_until(lambda: not own_sshd.sessions(), "the connection to the jump host to end")


def test_closing_ends_the_connection_on_the_host_and_may_be_repeated(own_sshd: Sshd) -> None:
    host = Host(own_sshd.host())
    host.open()
    assert own_sshd.sessions()
    host.close()
    host.close()
    wait_until(lambda: not own_sshd.sessions(), "the connection to end")

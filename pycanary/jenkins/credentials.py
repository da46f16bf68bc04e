"""Which Jenkins credentials a stage needs, in the form that the step withCredentials takes."""

from __future__ import annotations

from collections.abc import Iterable

from pycanary.config.model import Config
from pycanary.host.identity import key_variables
from pycanary.model.deployment import DeploymentType
from pycanary.plan import Action, Plan, PlannedStage

Binding = dict[str, str]

# Binding class of the plugin "Credentials Binding": what Jenkins calls such a credential.
TYPES = {
    "StringBinding": "Secret text",
    "UsernamePasswordMultiBinding": "Username with password",
    "FileBinding": "Secret file",
    "SSHUserPrivateKeyBinding": "SSH Username with private key",
}


def bindings_of(config: Config, plan: Plan, stage: PlannedStage) -> list[Binding]:
    """The bindings of one stage: keys of the hosts always, the rest where it is used.

    The first stage binds all of them: a credential that is missing is found before a host is touched. A rollback's does
    not: users come back all the same.
    """
    bindings = _host_keys(config)
    if plan.takes_values(stage):
        bindings += _values(config)
    proves = stage is plan.stages[0] and plan.request.type is not DeploymentType.ROLLBACK
    if proves or stage.action is Action.FINISH:
        bindings += _mattermost(config)
    return bindings


def needs(bindings: Iterable[Binding]) -> str:
    """The credentials for people, each with its type: "claude-api-key (Secret text), ..."."""
    named = {binding["credentialsId"]: TYPES[binding["$class"]] for binding in bindings}
    return ", ".join(f"{name} ({kind})" for name, kind in named.items())


def _host_keys(config: Config) -> list[Binding]:
    names = dict.fromkeys(host.credential for host in config.hosts if host.credential)
    return [_ssh_key(name, *key_variables(name)) for name in names]


def _ssh_key(credential: str, file: str, passphrase: str) -> Binding:
    return {
        "$class": "SSHUserPrivateKeyBinding",
        "credentialsId": credential,
        "keyFileVariable": file,
        "passphraseVariable": passphrase,
    }


def _text(credential: str, variable: str) -> Binding:
    return {"$class": "StringBinding", "credentialsId": credential, "variable": variable}


def _file(credential: str, variable: str) -> Binding:
    return {"$class": "FileBinding", "credentialsId": credential, "variable": variable}


def _values(config: Config) -> list[Binding]:
    """Variables of the containers. The two halves of one username and password share a binding."""
    bindings: list[Binding] = []
    pairs: dict[str, Binding] = {}
    for name, source in config.environment.items():
        credential, variable = source.credential, source.variable or name
        if credential is None:
            continue
        if source.kind in ("username", "password"):
            half = f"{source.kind}Variable"
            pair = pairs.get(credential)
            if pair is None or half in pair:
                pair = {"$class": "UsernamePasswordMultiBinding", "credentialsId": credential}
                pairs[credential] = pair
                bindings.append(pair)
            pair[half] = variable
        else:
            bindings.append((_file if source.kind == "file" else _text)(credential, variable))
    for pair in bindings:
        if pair["$class"] == "UsernamePasswordMultiBinding":  # the plugin binds both halves or none
            given = pair.get("usernameVariable") or pair.get("passwordVariable") or ""
            pair.setdefault("usernameVariable", f"PYCANARY_UNUSED_{given}_USERNAME")
            pair.setdefault("passwordVariable", f"PYCANARY_UNUSED_{given}_PASSWORD")
    if config.environment_file and config.environment_file.credential:
        bindings.append(_file(config.environment_file.credential, config.environment_file.variable))
    return bindings


def _mattermost(config: Config) -> list[Binding]:
    if config.mattermost is None or config.mattermost.credential is None:
        return []
    return [_text(config.mattermost.credential, config.mattermost.variable)]

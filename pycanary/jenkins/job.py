"""The pipeline job as config.xml: a new one, or an existing one with only our parts renewed."""

from __future__ import annotations

import difflib
import xml.etree.ElementTree as ET

from pycanary.config.model import Config
from pycanary.errors import PycanaryError
from pycanary.jenkins.builds import job_path
from pycanary.jenkins.client import Server
from pycanary.model.deployment import DeploymentType
from pycanary.resource import render

PARAMETERS = (
    ("WEIGHT", "For canary-manual: 25%, or backend=5% frontend=10%."),
    ("COMMIT", "A commit, tag or branch; empty: the branch's newest."),
    ("REASON", "Why; it is recorded and sent."),
)
PROPERTY = "hudson.model.ParametersDefinitionProperty/parameterDefinitions"
TRIGGERS = "org.jenkinsci.plugins.workflow.job.properties.PipelineTriggersJobProperty/triggers"
TRIGGER = "com.dabsquared.gitlabjenkins.GitLabPushTrigger"
DECLARATION = "<?xml version='1.1' encoding='UTF-8'?>\n"


def template(config: Config, *, remote: str, credential: str = "", jenkinsfile: str = "Jenkinsfile") -> str:
    """The job of an application. credential: Jenkins's own, with which it reads the repository."""
    return render(
        "jenkins/job.xml.j2",
        description=f"Canary deployments of {config.app}.",
        types=[str(each) for each in DeploymentType],
        parameters=PARAMETERS,
        branch=config.git.branch,
        remote=remote,
        credential=credential,
        jenkinsfile=jenkinsfile,
    )


def merged(present: str, wanted: str) -> str:
    """The present configuration with our parameters, our trigger and the Jenkinsfile's place; all else stays.

    Raises PycanaryError where it is no pipeline job.
    """
    job, ours = _parse(present), _parse(wanted)
    if job.tag != ours.tag:
        raise PycanaryError(
            f"the job is a {job.tag}, no pipeline", remedy="give another name, or remove that job in Jenkins"
        )
    properties = _child(job, "properties")
    _renew_parameters(_descend(properties, PROPERTY), _descend(_child(ours, "properties"), PROPERTY))
    _renew_trigger(_descend(properties, TRIGGERS), _descend(_child(ours, "properties"), TRIGGERS))
    _renew_definition(job, ours)
    return text(job)


def difference(present: str, wanted: str) -> str:
    """What would change, as a unified diff; empty where nothing would."""
    before, after = (text(_parse(each)).splitlines(keepends=True) if each else [] for each in (present, wanted))
    return "".join(difflib.unified_diff(before, after, "in Jenkins", "as it should be", n=2))


def text(job: ET.Element) -> str:
    """config.xml, indented the same way each time."""
    ET.indent(job)
    return DECLARATION + ET.tostring(job, encoding="unicode") + "\n"


def present_config(server: Server, name: str) -> str:
    """config.xml of that job; empty where there is none. Raises JenkinsFailed."""
    from pycanary.jenkins.client import JenkinsFailed

    try:
        answer = server.text(f"{job_path(name)}config.xml")
    except JenkinsFailed as error:
        if error.status == 404:
            return ""
        raise
    answer.encoding = "utf-8"
    return answer.text


def save(server: Server, name: str, config_xml: str, *, new: bool) -> None:
    """Create or change the job. Raises JenkinsFailed."""
    change = server.client.create_job if new else server.client.reconfig_job
    server.ask(name, lambda: change(name, config_xml))


def _renew_parameters(present: ET.Element, ours: ET.Element) -> None:
    places = {each.findtext("name"): index for index, each in enumerate(present)}
    for definition in list(ours):
        place = places.get(definition.findtext("name"))
        if place is None:
            present.append(definition)
        else:
            present[place] = definition


def _renew_trigger(present: ET.Element, ours: ET.Element) -> None:
    wanted = _child(ours, TRIGGER)
    trigger = _child(present, TRIGGER)
    for key in wanted:  # a person's token and filters of other kinds stay
        _child(trigger, key.tag).text = key.text


def _renew_definition(job: ET.Element, ours: ET.Element) -> None:
    present, wanted = job.find("definition"), _child(ours, "definition")
    if present is None or present.get("class") != wanted.get("class"):
        if present is not None:
            job.remove(present)
        job.append(wanted)
        return
    places = ("scm/userRemoteConfigs/hudson.plugins.git.UserRemoteConfig", "scm/branches/hudson.plugins.git.BranchSpec")
    for place in places:
        for key in _descend(wanted, place):
            _child(_descend(present, place), key.tag).text = key.text
    _child(present, "scriptPath").text = wanted.findtext("scriptPath")


def _descend(element: ET.Element, path: str) -> ET.Element:
    for name in path.split("/"):
        element = _child(element, name)
    return element


def _child(element: ET.Element, name: str) -> ET.Element:
    found = element.find(name)
    return ET.SubElement(element, name) if found is None else found


def _parse(config_xml: str) -> ET.Element:
    # Jenkins declares XML 1.1, which this parser does not know; what it writes is 1.0 but for control characters.
    body = config_xml.partition("?>")[2] if config_xml.lstrip().startswith("<?xml") else config_xml
    try:
        return ET.fromstring(body)  # noqa: S314 # from the Jenkins that holds our credentials
    except ET.ParseError as error:
        raise PycanaryError(f"the job's config.xml cannot be read: {error}") from error

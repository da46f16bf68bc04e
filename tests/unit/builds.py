"""The builds that Jenkins starts: their variables, and what is decided for them."""

from typing import Any

from pycanary.model.deployment import DeploymentType
from pycanary.trigger import Start

ID = "1a2b3c4d" * 5
ZEROS = "0" * 40
AUTO = DeploymentType.CANARY_AUTO
CHECKED_OUT = {"GIT_COMMIT": ID, "GIT_BRANCH": "origin/develop"}
PERSON = {"BUILD_USER": "Kim"}

PUSH = {"gitlabActionType": "PUSH", "gitlabBranch": "develop", "gitlabAfter": ID, "gitlabUserName": "Lee"}
MERGE = {
    "gitlabActionType": "MERGE",
    "gitlabBranch": "feature",
    "gitlabTargetBranch": "develop",
    "gitlabMergeRequestState": "merged",
    "gitlabMergeRequestIid": "12",
    "gitlabMergedByUser": "Park",
    "gitlabUserName": "Lee",
}
SOURCE_PUSH = {
    "GITLAB_OBJECT_KIND": "push",
    "GITLAB_REF": "refs/heads/develop",
    "GITLAB_AFTER": ID,
    "GITLAB_USER_NAME": "Lee",
}
SOURCE_MERGE = {
    "GITLAB_OBJECT_KIND": "merge_request",
    "GITLAB_OA_STATE": "merged",
    "GITLAB_OA_TARGET_BRANCH": "develop",
    "GITLAB_OA_IID": "12",
    "GITLAB_USER_NAME": "Lee",
}


def webhook(variables):
    names = {"OBJECT_KIND": "KIND", "OA_STATE": "STATE", "OA_TARGET_BRANCH": "TARGET_BRANCH", "OA_IID": "NUMBER"}
    names["USER_NAME"] = "USER"
    short = {name.removeprefix("GITLAB_"): value for name, value in variables.items()}
    return {f"WEBHOOK_{names.get(name, name)}": value for name, value in short.items()}


# Each row of the table in README.md, and what the variables of such builds ask for.
CASES: dict[str, list[tuple[Any, ...]]] = {
    "a person chose `TYPE`": [
        (
            "a chosen type",
            {"TYPE": "promote-canary", "REASON": " fine\nso far "} | PERSON,
            Start(DeploymentType.PROMOTE_CANARY, None, False, "Kim", "fine so far"),
        ),
        (
            "a chosen type wins over an event",
            {"TYPE": "rollback"} | PUSH | CHECKED_OUT,
            Start(DeploymentType.ROLLBACK, None, False, "unknown", ""),
        ),
        (
            "a chosen type wins over the job's branch",
            {"TYPE": "stable", "BRANCH_NAME": "feature", "CHANGE_ID": "3", "COMMIT": "v1.2"},
            Start(DeploymentType.STABLE, "v1.2", False, "unknown", ""),
        ),
        (
            "a chosen weight",
            {"TYPE": "canary-manual", "WEIGHT": " 25% ", "COMMIT": ""},
            Start(DeploymentType.CANARY_MANUAL, None, False, "unknown", "", "25%"),
        ),
        (
            "a weight that another type does not have",
            {"TYPE": "canary-auto", "WEIGHT": "10%"},
            Start(AUTO, None, False, "unknown", ""),
        ),
    ],
    "the multibranch job of a merge request, or of another branch": [
        ("the job of another branch", {"BRANCH_NAME": "main"}, "this is the job of 'main'; only develop is deployed"),
        ("a tag's job", {"BRANCH_NAME": "v1", "TAG_NAME": "v1"}, "this is the job of 'v1'; only develop is deployed"),
        (
            "a merge request's job",
            {"BRANCH_NAME": "MR-7", "CHANGE_ID": "7"},
            "this is the job of merge request !7; only develop is deployed",
        ),
        (
            "a merge request's job, built again after a push to its target",
            SOURCE_PUSH | {"BRANCH_NAME": "MR-7", "CHANGE_ID": "7"},
            "this is the job of merge request !7; only develop is deployed",
        ),
    ],
    "a push to `develop`": [
        ("a push", PUSH | CHECKED_OUT, Start(AUTO, ID, True, "Lee", "push to develop")),
        (
            "pushes taken together",
            PUSH | {"gitlabAfter": "f" * 40} | CHECKED_OUT,
            Start(AUTO, ID, True, "Lee", "push to develop"),
        ),
        ("a push, nothing checked out", PUSH, Start(AUTO, None, True, "Lee", "push to develop")),
        (
            "a push, the Jenkinsfile's own repository checked out",
            PUSH | {"GIT_COMMIT": ID, "GIT_BRANCH": "origin/main"},
            Start(AUTO, None, True, "Lee", "push to develop"),
        ),
        ("a push by Branch Source", SOURCE_PUSH, Start(AUTO, None, True, "Lee", "push to develop")),
        (
            "the same in the branch's job",
            SOURCE_PUSH | {"BRANCH_NAME": "develop", "GIT_BRANCH": "develop", "GIT_COMMIT": ID},
            Start(AUTO, ID, True, "Lee", "push to develop"),
        ),
        ("a push by a generic webhook", webhook(SOURCE_PUSH), Start(AUTO, None, True, "Lee", "push to develop")),
        (
            "other people's names stay in one line",
            PUSH | {"gitlabUserName": "Lee\nrun=1\t\x1b[0m" + "x" * 200},
            Start(AUTO, None, True, "Lee run=1 " + "x" * 90, "push to develop"),
        ),
    ],
    "a push to another branch, a tag, the deletion of `develop`": [
        ("another branch", PUSH | {"gitlabBranch": "main"}, "push to 'main'; only develop is deployed"),
        (
            "a branch's name is text",
            PUSH | {"gitlabBranch": "it's `x`\n$(id)"},
            'push to "it\'s `x`\\n$(id)"; only develop is deployed',
        ),
        ("a deleted branch", PUSH | {"gitlabAfter": ZEROS}, "develop was deleted"),
        ("a deleted branch, SHA-256", PUSH | {"gitlabAfter": "0" * 64}, "develop was deleted"),
        (
            "a tag",
            PUSH | {"gitlabActionType": "TAG_PUSH", "gitlabBranch": "refs/tags/v1"},
            "a tag was pushed; only branches are deployed",
        ),
        (
            "Branch Source, another branch",
            SOURCE_PUSH | {"GITLAB_REF": "refs/heads/team/x"},
            "push to 'team/x'; only develop is deployed",
        ),
        ("Branch Source, deleted", SOURCE_PUSH | {"GITLAB_AFTER": ZEROS}, "develop was deleted"),
        (
            "Branch Source, a tag",
            SOURCE_PUSH | {"GITLAB_OBJECT_KIND": "tag_push"},
            "a tag was pushed; only branches are deployed",
        ),
        (
            "webhook, a tag of the branch's name",
            webhook(SOURCE_PUSH | {"GITLAB_REF": "refs/tags/develop"}),
            "a tag was pushed; only branches are deployed",
        ),
        (
            "webhook, another branch",
            webhook(SOURCE_PUSH | {"GITLAB_REF": "refs/heads/main"}),
            "push to 'main'; only develop is deployed",
        ),
    ],
    "a merge request accepted into `develop`": [
        (
            "an accepted merge",
            MERGE | CHECKED_OUT,
            Start(AUTO, None, True, "Lee", "merge request !12 merged into develop"),
        ),
        (
            "an accepted merge, its source checked out",
            MERGE | {"GIT_COMMIT": ID, "GIT_BRANCH": "origin/feature"},
            Start(AUTO, None, True, "Lee", "merge request !12 merged into develop"),
        ),
        (
            "a merge by Branch Source",
            SOURCE_MERGE,
            Start(AUTO, None, True, "Lee", "merge request !12 merged into develop"),
        ),
        (
            "a merge by a generic webhook",
            webhook(SOURCE_MERGE),
            Start(AUTO, None, True, "Lee", "merge request !12 merged into develop"),
        ),
    ],
    "a merge request opened, updated, closed, or accepted elsewhere": [
        *(
            (
                f"a merge request {state}",
                MERGE | {"gitlabMergeRequestState": state},
                f"merge request !12 is {state}; only an accepted one is deployed",
            )
            for state in ("opened", "reopened", "updated", "closed")
        ),
        (
            "a merge request without a state",
            MERGE | {"gitlabMergeRequestState": ""},
            "merge request !12 is in no known state; only an accepted one is deployed",
        ),
        (
            "a merge elsewhere",
            MERGE | {"gitlabTargetBranch": "main"},
            "merge request !12 was merged into 'main'; only develop is deployed",
        ),
        (
            "a merge without a number",
            MERGE | {"gitlabMergeRequestIid": "", "gitlabTargetBranch": "x"},
            "a merge request was merged into 'x'; only develop is deployed",
        ),
        (
            "Branch Source, open",
            SOURCE_MERGE | {"GITLAB_OA_STATE": "opened"},
            "merge request !12 is opened; only an accepted one is deployed",
        ),
        (
            "Branch Source, elsewhere",
            SOURCE_MERGE | {"GITLAB_OA_TARGET_BRANCH": "main"},
            "merge request !12 was merged into 'main'; only develop is deployed",
        ),
        (
            "webhook, closed",
            webhook(SOURCE_MERGE | {"GITLAB_OA_STATE": "closed"}),
            "merge request !12 is closed; only an accepted one is deployed",
        ),
    ],
    "a comment, a pipeline, anything else of GitLab": [
        ("a comment", {"gitlabActionType": "NOTE"}, "somebody commented; comments deploy nothing"),
        ("a pipeline", {"gitlabActionType": "PIPELINE"}, "GitLab reported 'pipeline', which deploys nothing"),
        ("something new", {"gitlabActionType": "WIKI"}, "GitLab reported 'WIKI', which deploys nothing"),
        ("Branch Source, a comment", {"GITLAB_OBJECT_KIND": "note"}, "somebody commented; comments deploy nothing"),
    ],
    "no event, in the multibranch job of `develop`": [
        (
            "the branch's job, no event",
            {"BRANCH_NAME": "develop"},
            Start(AUTO, None, True, "Jenkins", "build of develop"),
        ),
        (
            "the branch's job, by a person",
            {"BRANCH_NAME": "develop"} | PERSON,
            Start(AUTO, None, True, "Kim", "build of develop"),
        ),
    ],
    "no event, and the Jenkinsfile names a type": [
        ("by a person", PERSON, Start(AUTO, None, True, "Kim", "build of develop"), "canary-auto"),
        (
            "by nobody",
            {},
            Start(DeploymentType.PROMOTE_CANARY, None, True, "Jenkins", "build of develop"),
            "promote-canary",
        ),
    ],
    "none of these: a timer, a replay, a person who left `TYPE` empty": [
        ("nothing", {}, "no push or merge started this build and TYPE is empty; choose a TYPE to deploy by hand"),
        (
            "blank variables",
            {"TYPE": " ", "gitlabActionType": ""},
            "no push or merge started this build and TYPE is empty; choose a TYPE to deploy by hand",
        ),
    ],
}

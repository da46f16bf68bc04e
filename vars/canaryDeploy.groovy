import groovy.json.JsonSlurper

/** Deploys what this build asks for: one Jenkins stage for each stage of the plan. Arguments: canaryDeploy.txt. */
void call(Map args = [:]) {
    String home = "${pwd(tmp: true)}/pycanary"
    currentBuild.description = 'Not begun: see the console.'
    withEnv(variables(args, home)) {
        unpack(home)
        deploy(parse(sh(label: 'what to deploy', script: 'exec sh "$PYCANARY" jenkins prepare', returnStdout: true)))
    }
}

/** All that is given goes by environment: no shell and no Groovy ever reads it as code. */
List<String> variables(Map args, String home) {
    List<String> names = ['type', 'weight', 'commit', 'reason', 'python', 'installed', 'wheels']
    return names.collect { String name -> "PYCANARY_${name.toUpperCase()}=${args[name] ?: ''}".toString() } + [
        "PYCANARY_PERSON=${person()}".toString(),
        "PYCANARY_CONFIG=${args.config ?: 'canary.yml'}".toString(),
        "PYCANARY_ARGUMENTS=${args.keySet().join(',')}".toString(),
        "PYCANARY_HOME=${home}".toString(),
        "PYCANARY=${home}/pycanary".toString(),
    ]
}

/** Who pressed the button; empty where nobody did. */
String person() {
    List causes = currentBuild.getBuildCauses('hudson.model.Cause$UserIdCause')
    return causes ? causes[0].userName : ''
}

/** Brings this library's own pycanary to the agent; the second build on an agent finds it there. */
void unpack(String home) {
    writeFile(
        file: "${home}/bundle.zip",
        text: libraryResource(resource: 'pycanary/bundle/pycanary.zip', encoding: 'Base64'),
        encoding: 'Base64')
    writeFile(file: "${home}/unpack.sh", text: libraryResource('pycanary/jenkins/unpack.sh'))
    sh(label: 'pycanary', script: 'exec sh "$PYCANARY_HOME/unpack.sh"')
}

void deploy(Map build) {
    currentBuild.displayName = build.name
    currentBuild.description = build.skip ?: build.description
    if (build.skip) {
        echo(build.skip)
        currentBuild.result = 'NOT_BUILT'
        return
    }
    boolean done = false
    try {
        done = stages(build)
    } finally {
        // Whatever ended the stages (an abort above all) is what the build ends with, not what follows from it here.
        if (done) {
            finish(build, done)
        } else if (build.begun) {
            catchError(message: 'finish', buildResult: 'FAILURE', stageResult: 'FAILURE', catchInterruptions: false) {
                finish(build, done)
            }
        }
    }
}

/** True when every stage is done, false when one found that there is nothing to do. */
boolean stages(Map build) {
    boolean going = true
    for (Map planned in build.stages) {
        stage(planned.name) {
            going = command(build, planned) == 0 || stopped(build)
        }
        if (!going) {
            return false
        }
    }
    return true
}

/** Nothing to do ends the build here without a failure; anything else raises. */
boolean stopped(Map build) {
    Map end = ending(build)
    Map results = ['taken over': 'ABORTED', aborted: 'ABORTED', skipped: 'NOT_BUILT']
    String result = results.getOrDefault(end.outcome, 'FAILURE')
    currentBuild.result = result
    currentBuild.description = "${build.description}. ${end.page}".toString()
    if (result != 'NOT_BUILT') {
        error(end.sentence)
    }
    echo(end.sentence)
    return false
}

/** Tells people, gives the host's lock back; after a stage that did not end well, puts the host right. */
void finish(Map build, boolean done) {
    try {
        stage(build.finish.name) {
            int status = command(build, build.finish)
            Map end = ending(build)
            currentBuild.description = "${build.description}. ${end.page}".toString()
            if (status != 0 && (done || !end.finished || end.outcome == 'person-needed')) {
                error(end.sentence)
            }
        }
    } finally {
        // What Jenkins cannot keep makes no deployment a failure.
        catchError(message: 'archive', buildResult: 'SUCCESS', stageResult: 'SUCCESS', catchInterruptions: false) {
            archiveArtifacts(artifacts: ".pycanary/${build.run}.*", allowEmptyArchive: true)
        }
    }
}

/** The exit code of one stage, with the credentials that it needs and no others. */
int command(Map build, Map planned) {
    boolean bound = false
    try {
        return withCredentials(planned.credentials) {
            bound = true
            build.begun = true
            return withEnv(["PYCANARY_STAGE=${planned.name}".toString(), "PYCANARY_RUN=${build.run}".toString()]) {
                return sh(
                    label: planned.name,
                    script: 'exec sh "$PYCANARY" stage "$PYCANARY_STAGE" --run "$PYCANARY_RUN"',
                    returnStatus: true)
            }
        }
    } finally {
        if (!bound) {
            echo("This deployment needs these Jenkins credentials: ${build.credentials}")
        }
    }
}

/** What the package left on disk: after an abort there is no exit code, and what a code means is not known here. */
Map ending(Map build) {
    String file = ".pycanary/${build.run}.ending.json"
    Map unknown = [outcome: 'unknown', sentence: 'How the stage ended is not known.', page: 'See the console.']
    return fileExists(file) ? unknown + parse(readFile(file: file, encoding: 'UTF-8')) : unknown
}

/** JsonSlurper's own maps cannot be saved with the build; these can. */
@NonCPS
Map parse(String json) {
    return copied(new JsonSlurper().parseText(json))
}

@NonCPS
Object copied(Object value) {
    if (value instanceof Map) {
        return value.collectEntries { key, each -> [(key): copied(each)] }
    }
    return value instanceof List ? value.collect { each -> copied(each) } : value
}

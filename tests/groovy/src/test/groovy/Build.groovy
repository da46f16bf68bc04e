import groovy.json.JsonSlurper

/** hudson.AbortException: what `error` and failing steps raise. */
class Abort extends IOException {
    Abort(String message) { super(message) }
}

/** FlowInterruptedException: somebody pressed the button, or the controller ended the build. */
class Interrupted extends InterruptedException {
    Interrupted() { super('aborted') }
}

/** Steps with a body, and the declarative directives, which are steps with a body as far as this goes. */
class Blocks {
    static final String TEXT = ['stage', 'withEnv', 'withCredentials'].collect {
        "def $it(argument, Closure body) { __enter('$it', argument); try { return body() } finally { __leave() } }"
    }.join('\n') + '\n' + ['pipeline', 'stages', 'steps', 'options', 'parameters', 'triggers'].collect {
        "def $it(Closure body) { return body() }"
    }.join('\n') + '''
def catchError(Map argument, Closure body) { try { body() } catch (Throwable failure) { __caught(argument, failure) } }
'''
}

/** A build: its steps and all that lies outside of the saved program. Subclasses say what `sh` and files are. */
class Build {
    static final List<String> RESULTS = ['SUCCESS', 'UNSTABLE', 'FAILURE', 'NOT_BUILT', 'ABORTED']
    static final Map<String, List<String>> VARIABLES = [
        StringBinding: ['variable'],
        FileBinding: ['variable'],
        UsernamePasswordMultiBinding: ['usernameVariable', 'passwordVariable'],
        SSHUserPrivateKeyBinding: ['keyFileVariable', 'passphraseVariable'],
    ]

    Map<String, String> env = [:]
    Map<String, Object> params = [:]
    Map<String, Object> page = [result: null, displayName: '#1', description: '']
    List<Map> causes = []
    List<String> console = []
    List<List> events = []
    Map<String, Object> definitions = [:]
    Map<String, Map> credentials = [:]
    Throwable failure
    private final List<Map> scopes = []
    File library

    /** Steps that end at once; all others suspend the program. */
    Map<String, Closure> immediate = [
        error: { String message -> throw new Abort(message) },
        libraryResource: { argument -> resource(argument) },
        agent: { where -> events << ['agent', where] },
        timestamps: { -> definitions.timestamps = true },
        logRotator: { Map given -> given },
        buildDiscarder: { definitions.discarder = it },
        choice: { Map given -> params.putIfAbsent(given.name, given.choices[0]) },
        string: { Map given -> params.putIfAbsent(given.name, given.defaultValue) },
        gitlab: { Map given -> definitions.gitlab = given },
    ]
    Map<String, Closure> steps = [
        echo: { say(it); null },
        pwd: { Map given -> directory(given.tmp) },
        sh: { Map given -> events << ['sh', given.label]; shell(given) },
        writeFile: { Map given -> write(given); null },
        readFile: { Map given -> read(given.file) },
        fileExists: { String file -> exists(file) },
        archiveArtifacts: { Map given -> events << ['archive', given.artifacts]; archive(given.artifacts); null },
    ]

    /** What `sh`, `env` and steps see: parameters are variables of the environment too. */
    Map<String, String> environment() {
        Map<String, String> all = [:]
        all.putAll(params.collectEntries { name, value -> [(name): value.toString()] })
        all.putAll(env)
        scopes.each { all.putAll(it) }
        all
    }

    Map globals(String name) {
        name == 'env' ? environment() : name == 'params' ? params : page
    }

    String run(String pipeline) {
        try {
            new Interpreter(library, this).run(pipeline)
        } catch (Throwable raised) {
            failure = raised
            worse(raised instanceof Interrupted ? 'ABORTED' : 'FAILURE')
        }
        page.result ?: 'SUCCESS'
    }

    /** Whether the controller is started anew while this step runs: a `sh` with one of these labels. */
    List<String> restartsWithin = []

    boolean restarts(List step) { step[0] == 'sh' && step[1][0].label in restartsWithin }

    void worse(String result) {
        if (RESULTS.indexOf(result) > RESULTS.indexOf(page.result ?: 'SUCCESS')) {
            page.result = result
        }
    }

    void say(Object line) {
        console << line.toString()
    }

    List<String> names(String kind) { events.findAll { it[0] == kind }*.getAt(1) }

    Object __enter(String step, Object argument) {
        Map scope = [:]
        if (step == 'stage') {
            say("[Pipeline] { ($argument)")
        } else if (step == 'withEnv') {
            scope = argument.collectEntries { it.toString().split('=', 2) as List }
        } else {
            argument.each { scope.putAll(bind(it)) }
        }
        events << [step, argument]
        scopes << scope
        null
    }

    Object __leave() {
        unbind(scopes.pop())
        null
    }

    Object __caught(Map argument, Throwable raised) {
        if (raised instanceof Interrupted && !argument.getOrDefault('catchInterruptions', true)) {
            throw raised
        }
        say("${argument.message}: ${raised.message}")
        worse(argument.buildResult)
        null
    }

    Map<String, String> bind(Map binding) {
        Map credential = credentials[binding.credentialsId]
        if (credential == null) {
            throw new Abort("Could not find credentials entry with ID '${binding.credentialsId}'")
        }
        if (credential.type != binding['$class']) {
            throw new Abort("Credentials '${binding.credentialsId}' is of another type than ${binding['$class']} takes")
        }
        VARIABLES[binding['$class']].collectEntries { [(binding[it]): held(credential, it)] }
    }

    String held(Map credential, String variable) { credential[variable] ?: '' }

    void unbind(Map scope) { scope.clear() }

    Object resource(Object argument) {
        Map given = argument instanceof Map ? argument : [resource: argument]
        File file = new File(library, "resources/${given.resource}")
        if (!file.file) {
            throw new Abort("No such library resource ${given.resource} could be found.")
        }
        given.encoding == 'Base64' ? file.bytes.encodeBase64().toString() : file.getText('UTF-8')
    }

    static Object json(String text) { new JsonSlurper().parseText(text) }
}

import groovy.json.JsonOutput
import org.junit.Before
import org.junit.Test

/** What the Jenkinsfile and the step do around the package, whose answers are given here. */
class CanaryDeployTest {
    static final List<String> STAGES = ['checkout', 'start', 'shift-10', 'shift-70']
    static final Map KEY = ['$class': 'SSHUserPrivateKeyBinding', credentialsId: 'deploy-key',
                            keyFileVariable: 'KEY', passphraseVariable: 'KEY_PASSPHRASE']
    static final Map CLAUDE = ['$class': 'StringBinding', credentialsId: 'claude', variable: 'ANTHROPIC_API_KEY']

    Build build
    Map<String, String> files = [:]
    Map<String, Closure> ends = [:]          // by stage: what happens there, else exit code 0
    Map<String, Map> seen = [:]              // by stage: the environment that its command had
    Map document = [
        skip: '', run: 'run-1', name: '#7 canary-auto', description: 'canary-auto 900:100 -> 300:700',
        stages: STAGES.collect { [name: it, credentials: it == 'checkout' ? [KEY, CLAUDE] : [KEY]] },
        finish: [name: 'finish', credentials: [KEY]], credentials: 'deploy-key (SSH Username with private key)',
    ]

    @Before void prepare() {
        build = new Build(library: new File(System.getProperty('library')).canonicalFile)
        build.credentials = [
            'deploy-key': [type: 'SSHUserPrivateKeyBinding', keyFileVariable: '/keys/1', passphraseVariable: 'open'],
            claude: [type: 'StringBinding', variable: 'secret'],
        ]
        build.immediate.libraryResource = { 'content' }
        build.steps.pwd = { '/tmp/workspace@tmp' }
        build.steps.writeFile = { Map given -> files[given.file] = given.text; null }
        build.steps.readFile = { Map given -> files[given.file] }
        build.steps.fileExists = { String file -> files.containsKey(file) }
        build.steps.archiveArtifacts = { Map given -> build.events << ['archive', given.artifacts]; null }
        build.steps.sh = { Map given -> shell(given) }
    }

    Object shell(Map given) {
        build.events << ['sh', given.label]
        Map environment = build.environment()
        seen[given.label] = environment
        if (given.returnStdout) {
            return JsonOutput.toJson(document)
        }
        int code = (ends[given.label] ?: { 0 }).call()
        if (given.label == 'finish' && code == 0 && !files['.pycanary/run-1.ending.json']) {
            end('held', 'held', true)
        }
        if (!given.returnStatus && code != 0) {
            throw new Abort("script returned exit code $code")
        }
        code
    }

    int end(String outcome, String sentence, boolean finished, int code = 3) {
        files['.pycanary/run-1.ending.json'] =
            JsonOutput.toJson([outcome: outcome, sentence: sentence, page: "$outcome: $sentence", finished: finished])
        code
    }

    void interruptAfter(String label) {
        build.steps.sh = { Map given ->
            Object answer = shell(given)
            if (given.label == label) {
                throw new Interrupted()
            }
            answer
        }
    }

    String jenkinsfile() { build.run(new File(build.library, 'Jenkinsfile').text) }

    List<String> getDone() { build.names('sh') }

    @Test void everyPlannedStageIsAJenkinsStage() {
        assert jenkinsfile() == 'SUCCESS'
        assert build.failure == null
        assert build.names('stage') == ['canary', *STAGES, 'finish']
        assert done == ['pycanary', 'what to deploy', *STAGES, 'finish']
        assert build.page.displayName == '#7 canary-auto'
        assert build.page.description == 'canary-auto 900:100 -> 300:700. held: held'
        assert build.names('archive') == ['.pycanary/run-1.*']
    }

    @Test void theJenkinsfileSaysWhatStartsIt() {
        jenkinsfile()
        assert build.events[0] == ['agent', 'any']
        assert build.definitions.gitlab.includeBranchesSpec == 'develop'
        assert build.definitions.timestamps && build.definitions.discarder
        assert build.params == [TYPE: '', WEIGHT: '', COMMIT: '', REASON: '']
    }

    @Test void parametersAndArgumentsGoByEnvironmentOnly() {
        build.params = [TYPE: 'canary-manual', WEIGHT: '25%', COMMIT: '', REASON: 'it\'s "$(id)"\n`x`']
        String nasty = "a 'b' \"c\" \$(id)\nx"
        build.env.N = nasty
        assert build.run('canaryDeploy(config: env.N, weight: env.N)') == 'SUCCESS'
        Map environment = seen['what to deploy']
        assert environment.PYCANARY_CONFIG == nasty && environment.PYCANARY_WEIGHT == nasty
        assert environment.PYCANARY_TYPE == '' && environment.PYCANARY_ARGUMENTS == 'config,weight'
        assert environment.REASON == 'it\'s "$(id)"\n`x`' && environment.WEIGHT == '25%'
    }

    @Test void whoPressedTheButtonIsToldByJenkins() {
        build.causes = [[_class: 'hudson.model.Cause$UserIdCause', userId: 'kim', userName: 'Kim']]
        jenkinsfile()
        assert seen['what to deploy'].PYCANARY_PERSON == 'Kim'
        prepare()
        build.causes = [[_class: 'com.dabsquared.gitlabjenkins.cause.GitLabWebHookCause']]
        jenkinsfile()
        assert seen['what to deploy'].PYCANARY_PERSON == ''
    }

    @Test void whatCannotBeArchivedFailsNoDeployment() {
        build.steps.archiveArtifacts = { Map given -> throw new Abort('the disk of the controller is full') }
        assert jenkinsfile() == 'SUCCESS'
        assert build.failure == null
        assert build.console.any { it.contains('the disk of the controller is full') }
    }

    @Test void aWayBackThatFailsAfterAnAbortIsSeen() {
        interruptAfter('shift-10')
        ends.finish = { end('person-needed', 'NGINX is not running', true, 4) }
        assert jenkinsfile() == 'ABORTED'
        assert build.console.any { it.contains('finish: NGINX is not running') }
    }

    @Test void aBuildThatDoesNotGetAsFarSaysWhereToLook() {
        ends.pycanary = { 2 }
        jenkinsfile()
        assert build.page.description == 'Not begun: see the console.'
    }

    @Test void eachStageHasItsCredentialsAndNoOthers() {
        jenkinsfile()
        assert seen.checkout.ANTHROPIC_API_KEY == 'secret'
        assert seen.checkout.KEY == '/keys/1' && seen.checkout.KEY_PASSPHRASE == 'open'
        assert seen.start.KEY == '/keys/1' && !seen.start.containsKey('ANTHROPIC_API_KEY')
        assert !seen.pycanary.containsKey('KEY') && !seen['what to deploy'].containsKey('KEY')
    }

    @Test void aMissingCredentialIsNamedWithItsTypeAndNothingIsTouched() {
        build.credentials.remove('deploy-key')
        assert jenkinsfile() == 'FAILURE'
        assert build.failure.message.contains("'deploy-key'")
        assert build.console[-1] ==
            'This deployment needs these Jenkins credentials: deploy-key (SSH Username with private key)'
        assert build.names('stage') == ['canary', 'checkout']
        assert done == ['pycanary', 'what to deploy']
    }

    @Test void whatIsSkippedIsNotBuiltAndNotFailed() {
        document = [skip: "push to 'main'; only develop is deployed", name: '#7 skipped']
        assert jenkinsfile() == 'NOT_BUILT'
        assert build.failure == null
        assert build.page.description == "push to 'main'; only develop is deployed"
        assert build.names('stage') == ['canary']
    }

    @Test void aSupersededBuildIsNotBuilt() {
        ends.checkout = { end('skipped', 'superseded by run 2', true, 6) }
        assert jenkinsfile() == 'NOT_BUILT'
        assert build.failure == null
        assert done[-2..-1] == ['checkout', 'finish']
    }

    @Test void aBuildThatWasTakenOverIsAborted() {
        ends['shift-10'] = { end('taken over', 'this run was taken over by rollback by Kim', true) }
        assert jenkinsfile() == 'ABORTED'
        assert build.failure.message == 'this run was taken over by rollback by Kim'
        assert done[-2..-1] == ['shift-10', 'finish']
    }

    @Test void aFailingStageEndsTheBuildAfterTheFinish() {
        STAGES.each { String failing ->
            prepare()
            files.clear()
            Closure failed = { boolean finished -> end('failed', 'backend is unhealthy', finished) }
            ends = [(failing): { failed(false) }, finish: { failed(true) }]
            assert jenkinsfile() == 'FAILURE'
            assert build.failure.message == 'backend is unhealthy'
            assert done[-2..-1] == [failing, 'finish']
            assert build.names('archive') == ['.pycanary/run-1.*']
            assert build.page.description.endsWith('failed: backend is unhealthy')
        }
    }

    @Test void anAbortInEveryStageRunsTheFinishAndStaysAnAbort() {
        ['pycanary', 'what to deploy', *STAGES].each { String where ->
            prepare()
            interruptAfter(where)
            assert jenkinsfile() == 'ABORTED'
            assert build.failure instanceof Interrupted
            assert done[-1] == (where in STAGES ? 'finish' : where)
        }
    }

    @Test void anAbortOfTheFinishIsAnAbort() {
        ends.finish = { throw new Interrupted() }
        assert jenkinsfile() == 'ABORTED'
        ends['shift-10'] = { end('failed', 'x', false) }
        assert jenkinsfile() == 'ABORTED'
    }

    @Test void anAgentThatGoesAwayInAnyStageFailsTheBuildWithItsOwnWords() {
        [*STAGES, 'finish'].each { String where ->
            prepare()
            ends.clear()
            Closure gone = { throw new Abort('the agent went away') }
            ends[where] = {
                ['sh', 'readFile', 'fileExists', 'archiveArtifacts'].each { build.steps[it] = gone }
                gone()
            }
            assert jenkinsfile() == 'FAILURE'
            assert build.failure.message == 'the agent went away'
        }
    }

    @Test void aControllerThatRestartsWithinAnyStepLosesNothing() {
        build.restartsWithin = ['pycanary', 'what to deploy', *STAGES, 'finish']
        assert jenkinsfile() == 'SUCCESS'
        assert done == ['pycanary', 'what to deploy', *STAGES, 'finish']
        assert build.page.description.endsWith('held: held')
    }

    @Test void aControllerThatRestartsWithinAStageThatFailsStillFinishes() {
        build.restartsWithin = ['shift-10', 'finish']
        ends['shift-10'] = { end('failed', 'backend is unhealthy', true) }
        assert jenkinsfile() == 'FAILURE'
        assert build.failure.message == 'backend is unhealthy'
        assert done[-2..-1] == ['shift-10', 'finish']
    }

    @Test void aFinishThatFailsItselfFailsTheBuild() {
        ends.finish = { end('person-needed', 'the end could not be written down', false, 4) }
        assert jenkinsfile() == 'FAILURE'
        assert build.failure.message == 'the end could not be written down'
    }

    @Test void aFinishThatFailsDoesNotHideWhatFailedBefore() {
        ends = [start: { end('failed', 'unhealthy', false) }, finish: { throw new Abort('no disk') }]
        assert jenkinsfile() == 'FAILURE'
        assert build.failure.message == 'unhealthy'
        assert build.console.any { it.contains('no disk') }
    }

    @Test void anEndThatIsNotKnownIsNoSuccess() {
        ends['shift-10'] = { -1 }
        assert jenkinsfile() == 'FAILURE'
        assert done[-1] == 'finish'
    }

    @Test void twoLibrariesWithTheSameResourceDeployNothing() {
        build.immediate.libraryResource = { throw new Abort('Library resource ambiguous among libraries [a, b]') }
        assert jenkinsfile() == 'FAILURE'
        assert build.failure.message.contains('ambiguous')
        assert done == []
    }

    @Test void packageAndShellThatCannotComeAreAFailureBeforeAnything() {
        ends.pycanary = { 2 }
        assert jenkinsfile() == 'FAILURE'
        assert done == ['pycanary']
    }

    @Test void groovyIsShort() {
        List<File> all = new File(build.library, 'vars').listFiles().findAll { it.name.endsWith('.groovy') }
        assert all.sum { it.readLines().size() } < 200
    }
}

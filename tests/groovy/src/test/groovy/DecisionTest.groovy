import org.junit.After
import org.junit.Before
import org.junit.Test

import java.nio.file.Files

/** The Jenkinsfile with the real package's decision: every type, and every way in which a build starts. */
class DecisionTest {
    static final String ID = '1a2b3c4d' * 5
    static final Map<String, Map<String, String>> STARTED = [
        'GitLab, push': [gitlabActionType: 'PUSH', gitlabBranch: 'develop', gitlabAfter: ID],
        'GitLab, accepted merge': [
            gitlabActionType: 'MERGE', gitlabTargetBranch: 'develop', gitlabMergeRequestState: 'merged'],
        'Branch Source, push': [GITLAB_OBJECT_KIND: 'push', GITLAB_REF: 'refs/heads/develop', GITLAB_AFTER: ID],
        'Branch Source, branch job': [BRANCH_NAME: 'develop', GIT_BRANCH: 'develop', GIT_COMMIT: ID],
        'generic webhook, push': [WEBHOOK_KIND: 'push', WEBHOOK_REF: 'refs/heads/develop', WEBHOOK_AFTER: ID],
    ]
    static final Map<String, Map<String, String>> SKIPPED = [
        'timer, replay, or nobody chose TYPE': [:],
        'GitLab, push elsewhere': [gitlabActionType: 'PUSH', gitlabBranch: 'it\'s "x" $(touch ran); `touch ran`'],
        'GitLab, open merge request': [
            gitlabActionType: 'MERGE', gitlabTargetBranch: 'develop', gitlabMergeRequestState: 'opened'],
        'GitLab, tag': [gitlabActionType: 'TAG_PUSH', gitlabBranch: 'refs/tags/v1'],
        'Branch Source, merge request job': [BRANCH_NAME: 'MR-7', CHANGE_ID: '7'],
        'generic webhook, comment': [WEBHOOK_KIND: 'note'],
    ]

    final File folder = Files.createTempDirectory('decision').toFile()
    final File library = new File(System.getProperty('library')).canonicalFile
    Build build

    @Before void prepare() {
        new File(folder, 'canary.yml').text = new File(library, 'examples/shop/canary.yml').text
    }

    @After void remove() { folder.deleteDir() }

    String run(Map<String, String> environment, Map<String, String> chosen = [:], String arguments = '') {
        build = new Build(library: library, env: [BUILD_NUMBER: '7'] + environment, params: [:] + chosen)
        build.credentials = [
            'deploy-key': [type: 'SSHUserPrivateKeyBinding'], 'aws-s3': [type: 'UsernamePasswordMultiBinding'],
            'claude-api-key': [type: 'StringBinding'], 'mattermost-webhook': [type: 'StringBinding'],
            'shop-env': [type: 'FileBinding'],
        ]
        build.steps.pwd = { '/tmp/workspace@tmp' }
        build.steps.writeFile = { Map given -> null }
        build.steps.fileExists = { String file -> false }
        build.steps.archiveArtifacts = { Map given -> null }
        build.steps.sh = { Map given ->
            build.events << ['sh', given.label]
            given.returnStdout ? pycanary('--config', build.environment().PYCANARY_CONFIG, 'jenkins', 'prepare') : 0
        }
        String text = new File(library, 'Jenkinsfile').text
        build.run(text.replace('canaryDeploy()', "canaryDeploy($arguments)"))
    }

    String pycanary(String... arguments) {
        List<String> command = [System.getProperty('python'), '-m', 'pycanary', *arguments]
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder)
        builder.environment().putAll(build.environment())
        builder.environment().PYTHONPATH = library.path
        Process process = builder.start()
        String said = process.inputStream.getText('UTF-8')
        if (process.waitFor() != 0) {
            throw new Abort(process.errorStream.getText('UTF-8'))
        }
        said
    }

    /** Names of the stages as `pycanary plan` prints them. */
    List<String> planned(String type, String... more) {
        pycanary('plan', type, *more).readLines().drop(1)*.trim()*.tokenize(' ')*.first()
    }

    @Test void everyTypeOpensTheStagesThatPlanPrints() {
        ['stable', 'canary-auto', 'promote-canary', 'rollback'].each { String type ->
            assert run([:], [TYPE: type]) == 'SUCCESS'
            assert build.names('stage') == ['canary', *planned(type)]
            assert build.page.displayName == "#7 $type"
        }
        assert run([:], [TYPE: 'canary-manual', WEIGHT: '25%']) == 'SUCCESS'
        assert build.names('stage') == ['canary', *planned('canary-manual', '--weight', '25%')]
    }

    @Test void everyWayToStartOne() {
        STARTED.each { String how, Map<String, String> environment ->
            assert run(environment) == 'SUCCESS'
            assert build.page.displayName.startsWith('#7 canary-auto')
            assert 'shift-70' in build.names('stage')
        }
    }

    @Test void whatStartsNoneSaysWhyAndIsNotBuilt() {
        SKIPPED.each { String how, Map<String, String> environment ->
            assert run(environment) == 'NOT_BUILT'
            assert build.failure == null
            assert build.console[-1] == build.page.description && build.page.description.length() > 10
            assert build.names('stage') == ['canary']
            assert !new File(folder, 'ran').exists()
        }
    }

    @Test void aReplayOfAPushStartsNothing() {
        assert run(STARTED['GitLab, push']) == 'SUCCESS'
        assert run([:]) == 'NOT_BUILT'
        assert build.page.description.contains('choose a TYPE to deploy by hand')
    }

    @Test void whatCannotBeMeantFailsWithASentenceAndOpensNoStage() {
        Map<String, String> said = [
            "type: 'canary_auto'": 'did you mean canary-auto?',
            "tpye: 'canary-auto'": 'did you mean type?',
            "type: 'stable', weight: '5%'": "weight '5%' does not go with stable",
            "config: 'deploy/canary.yml'": 'pycanary init',
        ]
        said.each { String arguments, String words ->
            assert run([:], [:], arguments) == 'FAILURE'
            assert build.failure.message.contains(words)
            assert build.names('stage') == ['canary']
        }
    }
}

import org.junit.Test

/** The harness is able to fail: each trap of Jenkins's interpreter and sandbox turns a pipeline red. */
class HarnessTest {
    final Build build = new Build(library: new File(System.getProperty('library')).canonicalFile)

    Throwable failureOf(String pipeline) {
        build.run(pipeline)
        build.failure
    }

    @Test void aMatcherHeldAcrossSh() {
        assert failureOf("def found = 'a1' =~ /1/; echo 'x'; echo 'y'") instanceof NotSerializableException
    }

    @Test void aMapOfJsonSlurperHeldAcrossAStep() {
        assert failureOf('''
            def map = new groovy.json.JsonSlurper().parseText('{"a": 1}'); echo 'x'; echo 'y'
        ''') instanceof NotSerializableException
    }

    @Test void aStepInNonCps() {
        assert failureOf("quick()\n@NonCPS def quick() { echo 'x' }") instanceof IllegalStateException
    }

    @Test void aCpsMethodCalledFromNonCps() {
        assert failureOf('quick()\n@NonCPS def quick() { return slow() }\ndef slow() { 1 }') instanceof
            IllegalStateException
    }

    @Test void whatTheSandboxDoesNotKnow() {
        assert failureOf("'ls'.execute()").message.contains('not permitted to use method java.lang.String execute')
        assert failureOf("new File('x')").message.contains('not permitted to use new java.io.File')
        assert failureOf('System.getenv()').message.contains('not permitted to use staticMethod')
        assert failureOf("quick()\n@NonCPS def quick() { 'ls'.execute() }").message.contains('not permitted')
        assert failureOf("''.class.name").message.contains('not permitted to use property')
    }

    @Test void whatIsFine() {
        assert failureOf('''
            for (each in ['a', 'b']) { echo(each) }
            withEnv(['P=q']) { echo(env.P) }
            try { error('e') } catch (Exception failure) { echo('caught') } finally { echo('finally') }
        ''') == null
        assert build.console == ['a', 'b', 'q', 'caught', 'finally']
    }

    @Test void aRestartOfTheControllerCompilesAnewAndGoesOn() {
        List<ClassLoader> compiledBy = []
        build.steps.sh = { Map given -> null }
        build.immediate.note = { Object script -> compiledBy << script.class.classLoader }
        build.restartsWithin = ['a']
        assert failureOf("def kept = 'k'; note(this); sh(label: 'a'); note(this); echo(kept)") == null
        assert build.console == ['k']
        assert compiledBy.toSet().size() == 2
    }

    @Test void anInterruptionThatIsSwallowed() {
        build.steps.pause = { throw new Interrupted() }
        assert build.run("try { pause(1) } catch (Exception swallowed) { echo('on it goes') }") == 'SUCCESS'
        assert build.run("try { pause(1) } finally { echo('cleaned') }") == 'ABORTED'
    }
}

import groovy.json.JsonOutput

import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.attribute.PosixFilePermissions
import java.util.concurrent.TimeUnit

/**
 * A build whose `sh` really executes and whose files and credentials are real.
 * One argument: a JSON file with library, workspace, pipeline (a file), env, params, credentials, abort (a file: when
 * it appears, somebody has pressed the button), waits (by label of a `sh`: no executor is free before that file
 * appears) and result (the file to write).
 */
class RealBuild extends Build {
    static final int TERM_SECONDS = 20   // what Jenkins waits after its SIGTERM

    File workspace
    File abort
    Map<String, String> waits = [:]
    private int scripts

    static void main(String[] arguments) {
        Map given = json(new File(arguments[0]).text)
        RealBuild build = new RealBuild(
            library: new File(given.library), workspace: new File(given.workspace), abort: new File(given.abort),
            env: given.env, params: given.params, credentials: given.credentials, waits: given.waits)
        build.directory(true).with { new File(it).mkdirs() }
        String result = build.run(new File(given.pipeline).text)
        if (build.failure) {
            build.say(build.failure instanceof Interrupted ? 'Aborted by Kim' : "ERROR: ${build.failure.message}")
        }
        build.say("Finished: $result")
        new File(given.result).text = JsonOutput.toJson([
            result: result, page: build.page, stages: build.names('stage'), archived: build.names('archive'),
            failure: build.failure?.toString(), seconds: build.seconds,
        ])
    }

    final Map<String, Double> seconds = [:]

    @Override void say(Object line) {
        super.say(line)
        println(line)
        System.out.flush()
    }

    String directory(boolean temporary) { temporary ? "${workspace}@tmp" : workspace.path }

    Object shell(Map given) {
        if (waits[given.label]) {
            ['sh', '-c', 'until [ -e "$0" ]; do sleep 0.1; done', waits[given.label]].execute().waitFor()
        }
        long began = System.nanoTime()
        File script = new File(directory(true), "script-${++scripts}.sh")
        script.text = given.script
        ProcessBuilder builder = new ProcessBuilder('sh', '-xe', script.path).directory(workspace)
        builder.environment().clear()
        builder.environment().putAll(environment())
        File output = new File(directory(true), "output-${scripts}")
        if (given.returnStdout) {
            builder.redirectOutput(output)
        } else {
            builder.redirectErrorStream(true)
        }
        Process process = builder.start()
        process.outputStream.close()
        InputStream shown = given.returnStdout ? process.errorStream : process.inputStream
        Thread reader = Thread.start { shown.eachLine('UTF-8') { say(it) } }
        while (!process.waitFor(100, TimeUnit.MILLISECONDS)) {
            if (abort.exists()) {
                abort.delete()
                process.destroy()
                process.waitFor(TERM_SECONDS, TimeUnit.SECONDS)
                reader.join()
                throw new Interrupted()
            }
        }
        reader.join()
        seconds[given.label] = (System.nanoTime() - began) / 1e9
        int code = process.exitValue()
        if (given.returnStdout && code == 0) {
            return output.text
        }
        if (!given.returnStatus && code != 0) {
            throw new Abort("script returned exit code $code")
        }
        given.returnStatus ? code : null
    }

    File file(String name) {
        File given = new File(name)
        given.absolute ? given : new File(workspace, name)
    }

    void write(Map given) {
        File target = file(given.file)
        target.parentFile.mkdirs()
        if (given.encoding == 'Base64') {
            target.bytes = given.text.decodeBase64()
        } else {
            target.setText(given.text, 'UTF-8')
        }
    }

    String read(String name) { file(name).getText('UTF-8') }

    boolean exists(String name) { file(name).exists() }

    void archive(String pattern) {
        File target = new File("${workspace}@archive")
        target.mkdirs()
        File folder = file(pattern).parentFile
        String name = file(pattern).name.replace('*', '')
        folder.listFiles().findAll { it.name.startsWith(name) }.each { new File(target, it.name).bytes = it.bytes }
    }

    /** Keys and files are given as text; the build gets the path of a file that is gone with the binding. */
    @Override String held(Map credential, String variable) {
        String value = credential[variable] ?: ''
        if (variable != 'keyFileVariable' && credential.type != 'FileBinding') {
            return value
        }
        Path path = Files.createTempFile(
            new File(directory(true)).toPath(), 'secret', '',
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString('rw-------')))
        path.toFile().text = value
        path.toString()
    }

    @Override void unbind(Map scope) {
        scope.values().findAll { it.toString().startsWith("${workspace}@tmp/secret") }.each { new File(it).delete() }
        super.unbind(scope)
    }
}

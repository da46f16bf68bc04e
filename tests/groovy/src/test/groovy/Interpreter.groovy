import com.cloudbees.groovy.cps.Continuable
import com.cloudbees.groovy.cps.CpsTransformer
import com.cloudbees.groovy.cps.Envs
import com.cloudbees.groovy.cps.NonCPS
import com.cloudbees.groovy.cps.ObjectInputStreamWithLoader
import com.cloudbees.groovy.cps.Outcome
import com.cloudbees.groovy.cps.SerializableScript
import com.cloudbees.groovy.cps.impl.CpsCallableInvocation
import com.cloudbees.groovy.cps.sandbox.SandboxInvoker
import org.codehaus.groovy.control.CompilerConfiguration
import org.codehaus.groovy.control.customizers.ImportCustomizer
import org.codehaus.groovy.runtime.InvokerHelper

@interface Library { String[] value() }

/** A pipeline, or a variable of the library: what it does not define itself is a step, a variable or a global. */
abstract class PipelineScript extends SerializableScript {
    @Override Object invokeMethod(String name, Object arguments) {
        Interpreter.current.call(name, arguments as Object[])
    }

    @Override Object getProperty(String name) {
        try {
            super.getProperty(name)
        } catch (MissingPropertyException missing) {
            Interpreter.current.property(name, missing)
        }
    }
}

/** env, params, currentBuild: names in the saved program, values outside of it. */
class Global implements Serializable {
    final String name

    Global(String name) { this.@name = name }

    Object getProperty(String key) { Interpreter.current.build.globals(this.@name)[key] }

    void setProperty(String key, Object value) { Interpreter.current.build.globals(this.@name)[key] = value }

    Object getBuildCauses(String type) { Interpreter.current.build.causes.findAll { it._class == type } }
}

/** Iterators that can be saved, as Jenkins's IteratorHack gives them. */
class Iterators {
    static class Saved implements Iterator, Serializable {
        List list
        int next

        boolean hasNext() { next < list.size() }

        Object next() { list[next++] }

        void remove() { list.remove(--next) }
    }

    static Iterator iterator(List list) { new Saved(list: list) }

    static Iterator iterator(Set set) { new Saved(list: set as ArrayList) }
}

/**
 * Runs a pipeline as Jenkins does: CPS, in the sandbox, and at every step the whole program is saved, forgotten and
 * loaded again. What Jenkins only logs (a CPS method called from where it cannot be) is an error here.
 */
class Interpreter {
    private static final ThreadLocal<Interpreter> CURRENT = new ThreadLocal<>()

    final Build build
    private final File library
    private GroovyClassLoader untrusted
    private Script blocks
    private final Map<String, Script> variables = [:]

    Interpreter(File library, Build build) {
        this.library = library
        this.build = build
        boot()
    }

    /** As a controller begins: with the sources, and no class that it compiled before. */
    private void boot() {
        CURRENT.set(this)
        GroovyClassLoader trusted = loader(Interpreter.classLoader, new CpsTransformer())
        blocks = trusted.parseClass(Blocks.TEXT, 'TrustedBlocks.groovy').newInstance()
        untrusted = loader(trusted, new SandboxTransformation())
    }

    static Interpreter getCurrent() { CURRENT.get() }

    private static GroovyClassLoader loader(ClassLoader parent, CpsTransformer transformer) {
        CompilerConfiguration configuration = new CompilerConfiguration(scriptBaseClass: PipelineScript.name)
        configuration.addCompilationCustomizers(new ImportCustomizer().addImports(NonCPS.name), transformer)
        new GroovyClassLoader(parent, configuration)
    }

    Object call(String name, Object[] arguments) {
        if (variable(name)) {
            return InvokerHelper.invokeMethod(variable(name), 'call', arguments)
        }
        if (name.startsWith('__') || build.immediate.containsKey(name)) {
            return name.startsWith('__') ? build."$name"(*arguments) : build.immediate[name].call(*arguments)
        }
        if (blocks.metaClass.respondsTo(blocks, name)) {
            return InvokerHelper.invokeMethod(blocks, name, arguments)
        }
        if (build.steps.containsKey(name)) {
            return Continuable.suspend(name, [name, arguments as List])
        }
        throw new NoSuchMethodError("No such DSL method '$name' found")
    }

    Object property(String name, MissingPropertyException missing) {
        if (variable(name)) {
            return variable(name)
        }
        if (name in ['env', 'params', 'currentBuild']) {
            return new Global(name)
        }
        if (name == 'any') {
            return name
        }
        throw missing
    }

    private Script variable(String name) {
        File file = new File(library, "vars/${name}.groovy")
        if (!variables[name] && file.file) {
            variables[name] = untrusted.parseClass(new GroovyCodeSource(file, 'UTF-8')).newInstance()
        }
        variables[name]
    }

    Object run(String pipeline) {
        CpsCallableInvocation.registerMismatchHandler({ expectedOn, expected, foundOn, found ->
            throw new IllegalStateException("expected to call $expected but wound up catching $found")
        } as CpsCallableInvocation.MismatchHandler)
        Script script = compiled(pipeline).newInstance()
        script.binding.setVariable('_', null)
        Continuable program = new Continuable(script, Envs.empty(new SandboxInvoker()))
        Outcome next = new Outcome(null, null)
        Sandbox sandbox = new Sandbox()
        while (true) {
            sandbox.register()
            try {
                next = program.run0(next, Continuable.categories + [Iterators])
            } finally {
                sandbox.unregister()
            }
            if (!program.resumable) {
                return next.replay()
            }
            List step = next.normal
            byte[] saved = saved(program)
            next = outcome(step)
            if (build.restarts(step)) {
                restart(pipeline)
            }
            program = loaded(saved)
        }
    }

    private Outcome outcome(List step) {
        try {
            return new Outcome(build.steps[step[0]].call(*step[1]), null)
        } catch (Throwable failure) {
            return new Outcome(null, failure)
        }
    }

    private Class compiled(String pipeline) { untrusted.parseClass(pipeline, 'WorkflowScript.groovy') }

    private void restart(String pipeline) {
        Set<String> known = variables.keySet().toSet()
        variables.clear()
        boot()
        compiled(pipeline)
        known.each { variable(it) }
    }

    private static byte[] saved(Continuable program) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream()
        new ObjectOutputStream(bytes).writeObject(program)
        bytes.toByteArray()
    }

    private Continuable loaded(byte[] saved) {
        new ObjectInputStreamWithLoader(new ByteArrayInputStream(saved), untrusted).readObject()
    }
}

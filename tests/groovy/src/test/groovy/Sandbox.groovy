import com.cloudbees.groovy.cps.CpsTransformer
import com.cloudbees.groovy.cps.sandbox.Untrusted
import org.codehaus.groovy.ast.ClassCodeExpressionTransformer
import org.codehaus.groovy.ast.ClassNode
import org.codehaus.groovy.ast.MethodNode
import org.codehaus.groovy.classgen.GeneratorContext
import org.codehaus.groovy.control.SourceUnit
import org.kohsuke.groovy.sandbox.GroovyInterceptor
import org.kohsuke.groovy.sandbox.GroovyInterceptor.Invoker
import org.kohsuke.groovy.sandbox.SandboxTransformer

/** Lets every call of CPS and of @NonCPS code be asked for. */
class SandboxTransformation extends CpsTransformer {
    private final SandboxTransformer sandbox = new SandboxTransformer()
    private ClassCodeExpressionTransformer visitor

    @Override void call(SourceUnit source, GeneratorContext context, ClassNode node) {
        visitor = sandbox.createVisitor(source, node)
        super.call(source, context, node)
    }

    @Override protected void processConstructors(ClassNode node) {
        sandbox.processConstructors(visitor, node)
    }

    @Override protected void visitNontransformedMethod(MethodNode method) {
        visitor.visitMethod(method)
    }

    @Override protected Class getTrustTag() { Untrusted }
}

/** Allows what the library needs, all of it on the list of Jenkins's script-security plugin; denies anything else. */
class Sandbox extends GroovyInterceptor {
    static final Map<Class, List<String>> METHODS = [
        (Map): ['get', 'put', 'collectEntries', 'getOrDefault', 'keySet', 'plus', 'getAt', 'each', 'containsKey'],
        (List): ['collect', 'plus', 'each', 'getAt', 'iterator', 'join'],
        (Set): ['join'],
        (CharSequence): ['toUpperCase', 'toString', 'plus'],
        (groovy.json.JsonSlurper): ['parseText'],
        (Closure): ['call'],
        (Number): ['plus', 'compareTo'],
        (Global): ['getBuildCauses'],
    ]
    static final List<String> OPERATORS = ['findRegex', 'compareEqual', 'compareNotEqual']
    static final List<Class> CASTS = [String, Map, List, int, boolean, Object]
    static final List<Class> INSTANCES = [groovy.json.JsonSlurper, org.codehaus.groovy.runtime.GStringImpl]

    @Override Object onMethodCall(Invoker invoker, Object receiver, String method, Object... arguments) {
        boolean known = METHODS.any { type, names -> type.isInstance(receiver) && method in names }
        if (!(receiver instanceof PipelineScript) && !known) {
            throw new SecurityException("Scripts not permitted to use method ${receiver.getClass().name} $method")
        }
        super.onMethodCall(invoker, receiver, method, arguments)
    }

    @Override Object onStaticCall(Invoker invoker, Class receiver, String method, Object... arguments) {
        boolean plain = method in ['asType', 'castToType'] && (arguments[1].array || CASTS.contains(arguments[1]))
        if (!(method in OPERATORS) && !plain) {
            throw new SecurityException("Scripts not permitted to use staticMethod ${receiver.name} $method")
        }
        super.onStaticCall(invoker, receiver, method, arguments)
    }

    @Override Object onNewInstance(Invoker invoker, Class type, Object... arguments) {
        if (!(type in INSTANCES) && !PipelineScript.isAssignableFrom(type)) {
            throw new SecurityException("Scripts not permitted to use new ${type.name}")
        }
        super.onNewInstance(invoker, type, arguments)
    }

    @Override Object onGetProperty(Invoker invoker, Object receiver, String property) {
        permit(receiver, property)
        super.onGetProperty(invoker, receiver, property)
    }

    @Override Object onSetProperty(Invoker invoker, Object receiver, String property, Object value) {
        permit(receiver, property)
        super.onSetProperty(invoker, receiver, property, value)
    }

    private static void permit(Object receiver, String property) {
        if (![Map, PipelineScript, Global].any { it.isInstance(receiver) }) {
            throw new SecurityException("Scripts not permitted to use property ${receiver.getClass().name} $property")
        }
    }
}

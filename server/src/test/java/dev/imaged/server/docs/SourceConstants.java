package dev.imaged.server.docs;

import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.ParenthesizedTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreeScanner;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;

/** The numbers of the sources, private ones too: static fields, by {@code Class.NAME}, as far as they can be computed. */
final class SourceConstants extends TreeScanner<@Nullable Void, Map<String, ExpressionTree>> {
    private static final Map<String, Duration> UNITS = Map.of(
            "Duration.ofMillis", Duration.ofMillis(1),
            "Duration.ofSeconds", Duration.ofSeconds(1),
            "Duration.ofMinutes", Duration.ofMinutes(1),
            "Duration.ofHours", Duration.ofHours(1),
            "Duration.ofDays", Duration.ofDays(1));

    private final Map<String, ExpressionTree> fields = new HashMap<>();
    private final Deque<String> classes = new ArrayDeque<>();

    private SourceConstants() {}

    static SourceConstants of(Sources sources) {
        SourceConstants constants = new SourceConstants();
        sources.units().forEach(unit -> constants.scan(unit, constants.fields));
        return constants;
    }

    @Override
    public @Nullable Void visitClass(ClassTree type, Map<String, ExpressionTree> found) {
        classes.push(type.getSimpleName().toString());
        super.visitClass(type, found);
        classes.pop();
        return null;
    }

    @Override
    public @Nullable Void visitVariable(VariableTree field, Map<String, ExpressionTree> found) {
        if (field.getInitializer() != null && field.getModifiers().getFlags().contains(Modifier.STATIC)) {
            found.put(classes.peek() + "." + field.getName(), field.getInitializer());
        }
        return super.visitVariable(field, found);
    }

    /**
     * Returns a number, in milliseconds if it is a time.
     *
     * @throws AssertionError when there is no such field, or it cannot be computed
     */
    long value(String name) {
        ExpressionTree value = fields.get(name);
        if (value == null) {
            throw new AssertionError("no source has a static field " + name);
        }
        long unit = name.endsWith("_SECONDS") ? 1000 : name.endsWith("_KIB") ? 1024 : 1;
        return unit * value(value, name.substring(0, name.indexOf('.')));
    }

    private long value(ExpressionTree expression, String type) {
        if (expression instanceof LiteralTree literal && literal.getValue() instanceof Number number) {
            return number.longValue();
        } else if (expression instanceof ParenthesizedTree inner) {
            return value(inner.getExpression(), type);
        } else if (expression instanceof BinaryTree binary) {
            return value(binary, value(binary.getLeftOperand(), type), value(binary.getRightOperand(), type));
        } else if (expression instanceof MethodInvocationTree call
                && UNITS.containsKey(call.getMethodSelect().toString())) {
            Duration unit = UNITS.get(call.getMethodSelect().toString());
            return value(call.getArguments().get(0), type) * unit.toMillis();
        } else if (expression instanceof IdentifierTree name) {
            return value(type + "." + name);
        } else if (expression instanceof MemberSelectTree field) {
            return value(field.toString());
        }
        throw new AssertionError("not a number: " + expression);
    }

    private static long value(BinaryTree binary, long left, long right) {
        return switch (binary.getKind()) {
            case MULTIPLY -> left * right;
            case PLUS -> left + right;
            case MINUS -> left - right;
            case LEFT_SHIFT -> left << right;
            default -> throw new AssertionError("not a number: " + binary);
        };
    }
}

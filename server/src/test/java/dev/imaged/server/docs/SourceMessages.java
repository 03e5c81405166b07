package dev.imaged.server.docs;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.CompoundAssignmentTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.ParenthesizedTree;
import com.sun.source.tree.Tree.Kind;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreeScanner;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;

/** The texts of the program: each string literal, and each sum of literals, constants and values. */
final class SourceMessages extends TreeScanner<@Nullable Void, Boolean> {
    /** What a format puts values into: of the log, and of {@code String.format}. */
    private static final Pattern VALUE = Pattern.compile("\\{}|%[0-9]*[sdx]");

    /** What is thrown when the program itself is wrong, or when nobody waits for an answer any more. */
    private static final Pattern UNHEARD =
            Pattern.compile("(.*[.])?(IllegalState|NoSuchElement|UnsupportedOperation|Cancelled).*|AssertionError");

    /** What writes below a warning, and what only looks for a text. */
    private static final Pattern SILENT = Pattern.compile(
            "(log|logger)[.](info|debug)|Pattern[.]compile|.*[.](contains|startsWith|endsWith|equals|matches)");

    private final List<MessageTemplate> templates = new ArrayList<>();
    private final Map<String, String> constants = new HashMap<>();
    private final String file;

    private SourceMessages(String file) {
        this.file = file;
    }

    /** Returns the texts of the sources. */
    static List<MessageTemplate> of(Sources sources) {
        List<MessageTemplate> templates = new ArrayList<>();
        for (CompilationUnitTree unit : sources.units()) {
            String path = unit.getSourceFile().getName();
            SourceMessages messages = new SourceMessages(path.substring(path.indexOf("src/main/java/") + 14));
            messages.scan(unit, true);
            templates.addAll(messages.templates);
        }
        return List.copyOf(templates);
    }

    private void add(String text, boolean reported) {
        MessageTemplate template = new MessageTemplate(List.of(VALUE.split(text, -1)), file, reported);
        if (template.hasText()) {
            templates.add(template);
        }
    }

    @Override
    public @Nullable Void visitLiteral(LiteralTree literal, Boolean reported) {
        if (literal.getValue() instanceof String text) {
            add(text, reported);
        }
        return null;
    }

    @Override
    public @Nullable Void visitBinary(BinaryTree binary, Boolean reported) {
        if (binary.getKind() != Kind.PLUS) {
            return super.visitBinary(binary, reported);
        }
        sum("", binary, reported);
        return null;
    }

    @Override
    public @Nullable Void visitCompoundAssignment(CompoundAssignmentTree longer, Boolean reported) {
        sum("{}", longer.getExpression(), reported);
        return null;
    }

    private void sum(String start, ExpressionTree expression, boolean reported) {
        List<ExpressionTree> operands = new ArrayList<>();
        flatten(expression, operands);
        StringBuilder text = new StringBuilder(start);
        boolean isText = false;
        for (ExpressionTree operand : operands) {
            String part = text(operand);
            isText |= part != null;
            text.append(part == null ? "{}" : part);
            if (part == null) {
                scan(operand, reported);
            }
        }
        if (isText) {
            add(text.toString(), reported);
        }
    }

    private @Nullable String text(ExpressionTree operand) {
        if (operand instanceof LiteralTree literal && literal.getValue() instanceof String text) {
            return text;
        }
        return operand instanceof IdentifierTree name ? constants.get(name.toString()) : null;
    }

    @Override
    public @Nullable Void visitVariable(VariableTree variable, Boolean reported) {
        if (variable.getModifiers().getFlags().contains(Modifier.STATIC)
                && variable.getInitializer() instanceof LiteralTree literal
                && literal.getValue() instanceof String text) {
            constants.put(variable.getName().toString(), text);
        }
        return super.visitVariable(variable, reported);
    }

    private static void flatten(ExpressionTree expression, List<ExpressionTree> operands) {
        if (expression instanceof BinaryTree binary && binary.getKind() == Kind.PLUS) {
            flatten(binary.getLeftOperand(), operands);
            flatten(binary.getRightOperand(), operands);
        } else if (expression instanceof ParenthesizedTree inner && inner.getExpression() instanceof BinaryTree sum) {
            flatten(sum, operands);
        } else {
            operands.add(expression);
        }
    }

    @Override
    public @Nullable Void visitNewClass(NewClassTree made, Boolean reported) {
        return super.visitNewClass(
                made,
                reported && !UNHEARD.matcher(made.getIdentifier().toString()).matches());
    }

    @Override
    public @Nullable Void visitMethodInvocation(MethodInvocationTree call, Boolean reported) {
        return super.visitMethodInvocation(
                call,
                reported && !SILENT.matcher(call.getMethodSelect().toString()).matches());
    }

    /** The texts of options and commands are help, not messages. */
    @Override
    public @Nullable Void visitAnnotation(AnnotationTree annotation, Boolean reported) {
        return null;
    }
}

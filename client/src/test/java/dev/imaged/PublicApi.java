package dev.imaged;

import java.io.IOException;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All that a program can use of the classes in a folder: public types outside of {@code internal}, and their members. */
final class PublicApi {
    /** Of no concern to a caller; on a method, the bit of TRANSIENT means a variable number of arguments. */
    private static final int HIDDEN = Modifier.TRANSIENT | Modifier.NATIVE | Modifier.SYNCHRONIZED;

    private PublicApi() {}

    /** Returns a line for each type and, behind it, one for each of its members, in order. */
    static List<String> lines(Path classes) throws IOException {
        List<String> lines = new ArrayList<>();
        for (Class<?> type : types(classes)) {
            lines.add(type(type));
            members(type).sorted().forEach(member -> lines.add("    " + member));
        }
        return lines;
    }

    private static List<Class<?>> types(Path classes) throws IOException {
        List<Class<?>> types = new ArrayList<>();
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(file -> file.toString().endsWith(".class"))
                    .sorted()
                    .toList()) {
                String name = classes.relativize(file)
                        .toString()
                        .replaceFirst("\\.class$", "")
                        .replace('/', '.');
                Class<?> type = Class.forName(name, false, PublicApi.class.getClassLoader());
                if (!name.contains(".internal.") && isPublic(type)) {
                    types.add(type);
                }
            }
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
        return types;
    }

    private static boolean isPublic(Class<?> type) {
        Class<?> outer = type.getEnclosingClass();
        return isVisible(type.getModifiers()) && (outer == null || isPublic(outer));
    }

    private static boolean isVisible(int modifiers) {
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    private static String type(Class<?> type) {
        String line = type.toGenericString();
        if (type.getGenericSuperclass() != null && type.getSuperclass() != Object.class) {
            line += " extends " + type.getGenericSuperclass().getTypeName();
        }
        if (type.getInterfaces().length > 0) {
            line += Stream.of(type.getGenericInterfaces())
                    .map(java.lang.reflect.Type::getTypeName)
                    .collect(Collectors.joining(", ", type.isInterface() ? " extends " : " implements ", ""));
        }
        return line;
    }

    private static Stream<String> members(Class<?> type) {
        Stream<String> executables = Stream.concat(
                        Stream.of(type.getDeclaredConstructors()), Stream.of(type.getDeclaredMethods()))
                .filter(PublicApi::isUsable)
                .map(PublicApi::executable);
        Stream<String> fields =
                Stream.of(type.getDeclaredFields()).filter(PublicApi::isUsable).map(PublicApi::field);
        return Stream.concat(fields, executables);
    }

    private static boolean isUsable(Member member) {
        return isVisible(member.getModifiers()) && !member.isSynthetic();
    }

    private static String executable(Executable executable) {
        String returned = executable instanceof Method method ? text(method.getAnnotatedReturnType()) + " " : "";
        String name = executable instanceof Method ? executable.getName() : "new";
        String parameters = Stream.of(executable.getParameters())
                .map(Parameter::getAnnotatedType)
                .map(PublicApi::text)
                .collect(Collectors.joining(", ", "(", ")"));
        String thrown = executable.getExceptionTypes().length == 0
                ? ""
                : Stream.of(executable.getExceptionTypes())
                        .map(Class::getName)
                        .collect(Collectors.joining(", ", " throws ", ""));
        boolean isDefault = executable instanceof Method method && method.isDefault();
        return modifiers(executable) + (isDefault ? "default " : "") + returned + name + parameters + thrown;
    }

    private static String field(Field field) {
        return modifiers(field) + text(field.getAnnotatedType()) + " " + field.getName();
    }

    private static String modifiers(Member member) {
        String modifiers = Modifier.toString(member.getModifiers() & ~HIDDEN);
        return modifiers.isEmpty() ? "" : modifiers + " ";
    }

    private static String text(AnnotatedType type) {
        return type.toString().replace("@org.jspecify.annotations.Nullable()", "@Nullable");
    }
}

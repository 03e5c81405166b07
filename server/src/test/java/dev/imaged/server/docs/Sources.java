package dev.imaged.server.docs;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** The sources of the daemon and of the library, parsed. */
record Sources(List<CompilationUnitTree> units) {
    static Sources parse() throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<CompilationUnitTree> units = new ArrayList<>();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            List<Path> files = new ArrayList<>();
            for (String module : List.of("server", "client")) {
                try (Stream<Path> all = Files.walk(Path.of("..", module, "src", "main", "java"))) {
                    all.filter(path -> path.toString().endsWith(".java")).forEach(files::add);
                }
            }
            JavacTask task = (JavacTask) compiler.getTask(
                    null, manager, null, List.of("-proc:none"), null, manager.getJavaFileObjectsFromPaths(files));
            task.parse().forEach(units::add);
        }
        return new Sources(List.copyOf(units));
    }
}

package io.bifrostfilter.spring;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.startup.Tomcat;

/**
 * A Tomcat with an exploded WAR in it: all that is on our class path and is not the server's or the
 * tests' own, seen by a class loader of its own.
 */
final class TomcatWithWar implements AutoCloseable {

  private static final String NOT_IN_A_WAR =
      "(tomcat-|jakarta\\.servlet-api|junit|surefire|opentest4j|apiguardian"
          + "|jetty-(ee|server|security|session|xml|annotations|plus|alpn-.*server|http2)).*";

  private final Tomcat tomcat;
  private final Context context;

  private TomcatWithWar(Tomcat tomcat, Context context) {
    this.tomcat = tomcat;
    this.context = context;
  }

  /**
   * At a free port.
   *
   * @param directory an empty one, for the server and the WAR
   */
  static TomcatWithWar start(Path directory, String contextPath) throws Exception {
    var tomcat = new Tomcat();
    tomcat.setBaseDir(directory.toString());
    tomcat.setPort(0);
    var context = tomcat.addWebapp(contextPath, explodedWar(directory).toString());
    context.setParentClassLoader(new ServerClasses());
    var running = new TomcatWithWar(tomcat, context);
    tomcat.start();
    if (!context.getState().isAvailable()) {
      running.close();
      throw new IllegalStateException("The application did not start; the log says why");
    }
    return running;
  }

  int port() {
    return tomcat.getConnector().getLocalPort();
  }

  /** The server goes on without the application. */
  void undeploy() throws LifecycleException {
    context.stop();
    tomcat.getHost().removeChild(context);
    context.destroy();
  }

  @Override
  public void close() throws LifecycleException {
    tomcat.stop();
    tomcat.destroy();
  }

  private static Path explodedWar(Path directory) throws IOException {
    var lib = Files.createDirectories(directory.resolve("war/WEB-INF/lib"));
    var classes = Files.createDirectories(directory.resolve("war/WEB-INF/classes"));
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      var path = Path.of(entry);
      if (Files.isDirectory(path)) {
        copyTree(path, classes);
      } else if (Files.exists(path) && !path.getFileName().toString().matches(NOT_IN_A_WAR)) {
        // Some are on the class path twice.
        Files.copy(path, lib.resolve(path.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    return directory.resolve("war");
  }

  private static void copyTree(Path from, Path to) throws IOException {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(from)) {
      files = walk.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      var target = to.resolve(from.relativize(file).toString());
      Files.createDirectories(target.getParent());
      // Packages are described twice.
      Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** What a web application sees of its server. */
  private static final class ServerClasses extends ClassLoader {

    ServerClasses() {
      super(ClassLoader.getPlatformClassLoader());
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      if (name.matches(
          "(jakarta\\.(servlet|el)|org\\.apache\\.(catalina|tomcat|naming|el))\\..*")) {
        return TomcatWithWar.class.getClassLoader().loadClass(name);
      }
      throw new ClassNotFoundException(name);
    }
  }
}

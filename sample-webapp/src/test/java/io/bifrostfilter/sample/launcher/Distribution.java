package io.bifrostfilter.sample.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A server as its project distributes it, unpacked by the build, and how its manual says to run it:
 * the distribution is left as it is, and all that is ours lies in a base directory beside it.
 */
enum Distribution {
  TOMCAT_10_1("tomcat-10.1.home"),
  TOMCAT_11("tomcat-11.home"),
  JETTY_EE10("jetty.home", "ee10"),
  JETTY_EE11("jetty.home", "ee11");

  private static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));
  private static final String JAVA = JAVA_HOME.resolve("bin/java").toString();

  private final Path home;
  private final String environment;

  /** Tomcat. */
  Distribution(String home) {
    this(home, "");
  }

  Distribution(String home, String environment) {
    this.home = Path.of(System.getProperty(home));
    this.environment = environment;
  }

  /** Its file's name, which ends with the version, and the environment in which it has the WAR. */
  @Override
  public String toString() {
    return (home.getFileName() + " " + environment).strip();
  }

  /** Whether it is told by a script of Unix how to start. */
  boolean needsShell() {
    return isTomcat();
  }

  /**
   * Starts it on any free port, looking each second for what has come and gone in its {@code
   * webapps}.
   *
   * @param base an empty directory
   * @param war there when the server starts
   */
  ServerProcess start(Path base, Path war) throws Exception {
    Files.createDirectories(base.resolve("webapps"));
    Files.createDirectories(base.resolve("temp"));
    Files.copy(war, webApp(base));
    return isTomcat() ? startTomcat(base) : startJetty(base);
  }

  /** Where the web app is, for as long as it is to run. */
  Path webApp(Path base) {
    return base.resolve("webapps/sample.war");
  }

  /** What Tomcat makes of it, and removes when it is done undeploying. Jetty has no such place. */
  Path unpacked(Path base) {
    return base.resolve("webapps/sample");
  }

  /** The line that tells the port. */
  Pattern started() {
    return Pattern.compile(
        isTomcat()
            ? "Starting ProtocolHandler \\[\"http-nio-auto-1-(\\d+)\"]"
            : "Started oejs\\.ServerConnector@.*:(\\d+)}");
  }

  /**
   * A line of the server's own that is a warning, or worse. Not that of Tomcat which only tells
   * that the machine is busy.
   */
  Pattern warning() {
    return Pattern.compile(
        isTomcat()
            ? " (WARNING|SEVERE) \\[(?!.* Creation of SecureRandom instance for .* took )"
            : ":(WARN|ERROR) *:");
  }

  private boolean isTomcat() {
    return environment.isEmpty();
  }

  private ServerProcess startTomcat(Path base) throws IOException {
    Files.createDirectories(base.resolve("logs"));
    var conf = Files.createDirectories(base.resolve("conf"));
    try (var files = Files.list(home.resolve("conf"))) {
      for (Path file : files.toList()) {
        Files.copy(file, conf.resolve(file.getFileName()));
      }
    }
    var serverXml = Files.readString(conf.resolve("server.xml"));
    Files.writeString(
        conf.resolve("server.xml"),
        serverXml
            .replace("<Server port=\"8005\"", "<Server port=\"-1\"")
            .replace("<Connector port=\"8080\"", "<Connector port=\"0\"")
            .replace("<Engine ", "<Engine backgroundProcessorDelay=\"1\" "));
    return ServerProcess.start(
        base,
        Map.of(
            "JAVA_HOME", JAVA_HOME.toString(),
            "CATALINA_HOME", home.toString(),
            "CATALINA_BASE", base.toString()),
        List.of("sh", home.resolve("bin/catalina.sh").toString(), "run"));
  }

  private ServerProcess startJetty(Path base) throws Exception {
    var start = List.of(JAVA, "-jar", home.resolve("start.jar").toString());
    try (var setUp =
        ServerProcess.start(
            base, Map.of(), and(start, "--add-modules=http," + environment + "-deploy"))) {
      setUp.awaitEnd();
    }
    return ServerProcess.start(
        base,
        Map.of(),
        and(
            List.of(JAVA, "-Djava.io.tmpdir=" + base.resolve("temp")),
            "-jar",
            home.resolve("start.jar").toString(),
            "jetty.http.port=0",
            "jetty.deploy.scanInterval=1"));
  }

  private static List<String> and(List<String> command, String... more) {
    var all = new ArrayList<>(command);
    all.addAll(List.of(more));
    return all;
  }
}

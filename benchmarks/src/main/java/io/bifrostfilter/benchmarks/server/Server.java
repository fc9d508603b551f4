package io.bifrostfilter.benchmarks.server;

import io.bifrostfilter.benchmarks.process.ChildJvm;
import io.bifrostfilter.benchmarks.server.ServerMain.Role;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Stream;

/** A server in a process of its own. For one thread at a time. */
public final class Server implements AutoCloseable {

  private final ChildJvm process;
  private long port;

  private Server(ChildJvm process) {
    this.process = process;
    this.port = process.askNumber("port");
  }

  /**
   * @param flags of the virtual machine
   * @param arguments what the role needs to know
   */
  public static Server start(List<String> flags, String container, Role role, String... arguments) {
    return new Server(
        new ChildJvm(
            ServerMain.class,
            flags,
            Stream.concat(Stream.of(container, role.name()), Stream.of(arguments))
                .toArray(String[]::new)));
  }

  public URI url(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  /** Forgets all jobs, and is elsewhere afterwards; the virtual machine stays warm. */
  public void restart() {
    port = process.askNumber("restart");
  }

  /** Has the handler answer from now on as another server did: status, headers and body. */
  public void answerLike(HttpResponse<byte[]> response) {
    process.ask("answer " + Answer.like(response).line());
  }

  public Jobs jobs() {
    List<Long> counts = Stream.of(process.ask("jobs").split(" ", -1)).map(Long::valueOf).toList();
    return new Jobs(counts.get(0), counts.get(1), counts.get(2), counts.get(3));
  }

  /** The processor time that the process has taken. */
  public long cpuNanos() {
    return process.askNumber("cpu-nanos");
  }

  /** In bytes, after a collection. */
  public long heap() {
    return process.askNumber("heap");
  }

  public long threads() {
    return process.askNumber("threads");
  }

  /** Those that the library has started, for itself and for its clients; the others are not its. */
  public long threadsOfTheLibrary() {
    return process.askNumber("threads bifrost-");
  }

  @Override
  public void close() {
    process.close();
  }

  /** How many there are. */
  public record Jobs(long waiting, long running, long completed, long failed) {

    public long unfinished() {
      return waiting + running;
    }
  }
}

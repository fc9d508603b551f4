package io.bifrostfilter.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A receiver of webhooks that fails on command. Each connection is served on a thread of its own,
 * and serves one request, so that whatever happens to it happens to nothing else.
 */
public final class Receiver implements AutoCloseable {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final long PATIENCE_SECONDS = 30;
  private static final long DROP_MILLIS = 20;

  private final ServerSocket socket;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Queue<Reaction> reactions = new ConcurrentLinkedQueue<>();
  private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Reaction otherwise = Reaction.status(204);

  /** What the receiver does with a request that it has read. */
  @FunctionalInterface
  public interface Reaction {

    void answer(Socket connection, OutputStream out, CountDownLatch closed) throws Exception;

    static Reaction status(int status, String... headers) {
      var head = new StringBuilder("HTTP/1.1 " + status + " Whatever\r\n");
      for (int i = 0; i < headers.length; i += 2) {
        head.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
      }
      head.append("Content-Length: 0\r\nConnection: close\r\n\r\n");
      return (connection, out, closed) ->
          out.write(head.toString().getBytes(StandardCharsets.US_ASCII));
    }

    /** Hangs up without a word, the hard way. */
    static Reaction reset() {
      return (connection, out, closed) -> connection.setSoLinger(true, 0);
    }

    /** Never answers. */
    static Reaction silence() {
      return (connection, out, closed) -> closed.await();
    }

    /** Answers so slowly that it never comes to an end. */
    static Reaction drop(int status) {
      return (connection, out, closed) -> {
        out.write(
            ("HTTP/1.1 " + status + " Whatever\r\nContent-Length: 1000000\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        do {
          out.write('x');
        } while (!closed.await(DROP_MILLIS, TimeUnit.MILLISECONDS));
      };
    }

    /** Answers, and never comes to an end. */
    static Reaction endlessly(int status) {
      return (connection, out, closed) -> {
        out.write(
            ("HTTP/1.1 " + status + " Whatever\r\nContent-Type: text/plain\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        byte[] chunk = new byte[8192];
        while (closed.getCount() > 0) {
          out.write(chunk);
        }
      };
    }
  }

  /** A request that came in. */
  public record Received(String line, Map<String, String> headers, byte[] body) {

    public String header(String name) {
      return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    }

    public String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    public JsonNode json() {
      try {
        return MAPPER.readTree(body);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  public Receiver() {
    this(null);
  }

  /** Speaks TLS, if there is a certificate. */
  public Receiver(@Nullable SelfSigned certificate) {
    try {
      socket =
          certificate == null
              ? new ServerSocket(0, 2000, InetAddress.getLoopbackAddress())
              : certificate
                  .serverContext()
                  .getServerSocketFactory()
                  .createServerSocket(0, 2000, InetAddress.getLoopbackAddress());
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    threads.execute(this::accept);
  }

  public int port() {
    return socket.getLocalPort();
  }

  public String url() {
    return "http://127.0.0.1:" + port() + "/hook?x=%20y";
  }

  /** What it does with the next requests, one after the other. */
  public Receiver next(Reaction... these) {
    reactions.addAll(List.of(these));
    return this;
  }

  /** What it does with those that nothing else was said of. */
  public Receiver otherwise(Reaction reaction) {
    otherwise = reaction;
    return this;
  }

  /** The next request that comes in, or has. */
  public Received take() {
    try {
      Received next = received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("nothing was delivered");
      }
      return next;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** How many came in that nobody took. */
  public int waiting() {
    return received.size();
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    threads.shutdownNow();
  }

  private void accept() {
    while (true) {
      try {
        Socket connection = socket.accept();
        threads.execute(() -> serve(connection));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      InputStream in = new BufferedInputStream(connection.getInputStream());
      String line = line(in);
      if (line.isEmpty()) {
        return;
      }
      var headers = new TreeMap<String, String>();
      for (String header = line(in); !header.isEmpty(); header = line(in)) {
        int colon = header.indexOf(':');
        headers.put(
            header.substring(0, colon).toLowerCase(Locale.ROOT),
            header.substring(colon + 1).strip());
      }
      byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
      Reaction reaction = reactions.poll();
      received.add(new Received(line, headers, body));
      (reaction == null ? otherwise : reaction)
          .answer(connection, connection.getOutputStream(), closed);
    } catch (SocketException e) {
      // The other end has had enough, which is what some tests are about.
    } catch (Exception e) {
      if (closed.getCount() > 0) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static String line(InputStream in) throws IOException {
    var line = new ByteArrayOutputStream();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      if (c != '\r') {
        line.write(c);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }
}

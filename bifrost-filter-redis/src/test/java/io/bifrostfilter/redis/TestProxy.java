package io.bifrostfilter.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Passes bytes on to a port of this machine, or swallows them. */
final class TestProxy implements AutoCloseable {

  private final ServerSocket server;
  private final int target;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private volatile boolean swallowing;

  private TestProxy(ServerSocket server, int target) {
    this.server = server;
    this.target = target;
  }

  static TestProxy to(int target) throws IOException {
    var proxy = new TestProxy(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), target);
    daemon(proxy::accept);
    return proxy;
  }

  String uri() {
    return "redis://127.0.0.1:" + server.getLocalPort();
  }

  /** From now on nothing gets through, and nobody is told. */
  void swallow() {
    swallowing = true;
    links.forEach(link -> link.swallowing = true);
  }

  /** New connections work again; those that there are stay dead, as after a firewall's restart. */
  void passNewConnections() {
    swallowing = false;
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    links.forEach(Link::close);
  }

  private void accept() {
    try {
      while (true) {
        Socket near = server.accept();
        var link = new Link(near, new Socket(InetAddress.getLoopbackAddress(), target));
        links.add(link);
        link.swallowing = swallowing;
        daemon(() -> link.pass(link.near, link.far));
        daemon(() -> link.pass(link.far, link.near));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private static void daemon(Runnable task) {
    var thread = new Thread(task, "test-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private static final class Link {

    private final Socket near;
    private final Socket far;
    private volatile boolean swallowing;

    Link(Socket near, Socket far) {
      this.near = near;
      this.far = far;
    }

    void pass(Socket from, Socket to) {
      byte[] buffer = new byte[8192];
      try {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        int read;
        while ((read = in.read(buffer)) >= 0) {
          if (!swallowing) {
            out.write(buffer, 0, read);
          }
        }
      } catch (IOException e) {
        // One side is gone, and so is the other.
      }
      close();
    }

    void close() {
      try (near;
          far) {
        // Both.
      } catch (IOException e) {
        // Gone anyway.
      }
    }
  }
}

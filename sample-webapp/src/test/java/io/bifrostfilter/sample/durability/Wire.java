package io.bifrostfilter.sample.durability;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The way to a server, which can be cut as a firewall cuts it: what is sent in either direction is
 * swallowed, and nobody is told. For one thread.
 */
final class Wire implements AutoCloseable {

  private static final int BACKLOG = 200;

  private final ServerSocket door;
  private final int target;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private volatile boolean cut;

  Wire(int target) throws IOException {
    this.target = target;
    this.door = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  int port() {
    return door.getLocalPort();
  }

  /** From now on nothing comes through. */
  void cut() {
    cut = true;
    links.forEach(link -> link.dead = true);
  }

  /** New connections come through again; those that were cut are silent for good. */
  void mend() {
    cut = false;
  }

  @Override
  public void close() throws IOException {
    door.close();
    threads.shutdownNow();
    for (Link link : links) {
      link.close();
    }
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        Socket near = door.accept();
        var link = new Link(near, new Socket(InetAddress.getLoopbackAddress(), target));
        links.add(link);
        // Asked after it was added, so that no link is missed by a cut that happens meanwhile.
        link.dead = link.dead || cut;
        threads.execute(() -> link.pass(link.near, link.far));
        threads.execute(() -> link.pass(link.far, link.near));
      } catch (IOException e) {
        // This door is closed, or the server's is: whoever knocked finds that out.
      }
    }
  }

  /** A connection on either side. */
  private static final class Link {

    private final Socket near;
    private final Socket far;
    private volatile boolean dead;

    Link(Socket near, Socket far) {
      this.near = near;
      this.far = far;
    }

    void pass(Socket from, Socket to) {
      var buffer = new byte[8192];
      try {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
          if (!dead) {
            out.write(buffer, 0, read);
          }
        }
      } catch (IOException e) {
        // One side has ended it.
      }
      if (!dead) {
        close();
      }
    }

    void close() {
      try (near;
          far) {
        dead = true;
      } catch (IOException e) {
        // It is closed, then.
      }
    }
  }
}

package io.bifrostfilter.store.jdbc;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
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

/** Stands between client and server, and lets nothing through when told so, without a word. */
final class TcpProxy implements AutoCloseable {

  private static final int NOTIFICATION = 'A';

  private final ServerSocket door;
  private final int target;
  private final boolean notifying;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Object gate = new Object();
  private boolean swallowing;

  TcpProxy(int target) throws IOException {
    this(target, true);
  }

  private TcpProxy(int target, boolean notifying) throws IOException {
    this.target = target;
    this.notifying = notifying;
    this.door = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  /**
   * Stands before a PostgreSQL, and lets through all that it says but notifications. Its clients
   * must not ask for encryption, which is answered by no message.
   */
  static TcpProxy withoutNotifications(int target) throws IOException {
    return new TcpProxy(target, false);
  }

  int port() {
    return door.getLocalPort();
  }

  /** From now on nothing comes through, and nobody is told. */
  void blackHole() {
    synchronized (gate) {
      swallowing = true;
    }
  }

  /** New connections come through again; those that were swallowed end. */
  void open() {
    synchronized (gate) {
      swallowing = false;
      gate.notifyAll();
    }
    sockets.forEach(TcpProxy::close);
    sockets.clear();
  }

  @Override
  public void close() throws IOException {
    door.close();
    open();
    threads.shutdownNow();
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        Socket client = door.accept();
        sockets.add(client);
        threads.execute(() -> connect(client));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void connect(Socket client) {
    try {
      waitForTheGate();
      var server = new Socket(InetAddress.getLoopbackAddress(), target);
      sockets.add(server);
      threads.execute(() -> copy(client, server));
      if (notifying) {
        copy(server, client);
      } else {
        copyAllButNotifications(server, client);
      }
    } catch (IOException | InterruptedException e) {
      close(client);
    }
  }

  private void copy(Socket from, Socket to) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      var buffer = new byte[8192];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        waitForTheGate();
        out.write(buffer, 0, count);
        out.flush();
      }
    } catch (IOException | InterruptedException e) {
      // The other side has ended it.
    }
  }

  private static void copyAllButNotifications(Socket from, Socket to) {
    try (from;
        to;
        var in = new DataInputStream(new BufferedInputStream(from.getInputStream()));
        var out = new DataOutputStream(new BufferedOutputStream(to.getOutputStream()))) {
      for (int type = in.read(); type >= 0; type = in.read()) {
        int length = in.readInt();
        byte[] content = in.readNBytes(length - Integer.BYTES);
        if (type != NOTIFICATION) {
          out.write(type);
          out.writeInt(length);
          out.write(content);
          out.flush();
        }
      }
    } catch (IOException e) {
      // The other side has ended it.
    }
  }

  private void waitForTheGate() throws InterruptedException {
    synchronized (gate) {
      while (swallowing) {
        gate.wait();
      }
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is closed, then.
    }
  }
}

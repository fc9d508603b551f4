package io.bifrostfilter.testing;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The ways in which the Servlet API lets a handler answer a request with its own body. */
public enum HandlerKind implements Handler {
  BLOCKING("blocking") {
    @Override
    public void handle(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      echo(request, response);
    }
  },

  START_ASYNC("startAsync") {
    @Override
    public void handle(HttpServletRequest request, HttpServletResponse response) {
      AsyncContext async = request.startAsync();
      async.start(
          () -> {
            try {
              echo(request, response);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            } finally {
              async.complete();
            }
          });
    }
  },

  NON_BLOCKING("non-blocking") {
    @Override
    public void handle(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      AsyncContext async = request.startAsync();
      ServletInputStream in = request.getInputStream();
      in.setReadListener(new Reading(async, in, response));
    }
  },

  FORWARDING("forward") {
    @Override
    public void handle(HttpServletRequest request, HttpServletResponse response)
        throws IOException, ServletException {
      if (request.getDispatcherType() == DispatcherType.FORWARD) {
        echo(request, response);
      } else {
        request.getRequestDispatcher("/elsewhere").forward(request, response);
      }
    }
  },

  THROWING("throwing") {
    @Override
    public void handle(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      request.getInputStream().readAllBytes();
      throw new IllegalStateException("the handler broke");
    }
  };

  private static final int PIECE = 8192;

  private final String label;

  HandlerKind(String label) {
    this.label = label;
  }

  @Override
  public String toString() {
    return label;
  }

  private static void echo(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    byte[] body = request.getInputStream().readAllBytes();
    response.setContentType("application/json");
    response.getOutputStream().write(body);
  }

  private static final class Reading implements ReadListener {

    private final AsyncContext async;
    private final ServletInputStream in;
    private final HttpServletResponse response;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final byte[] piece = new byte[PIECE];

    Reading(AsyncContext async, ServletInputStream in, HttpServletResponse response) {
      this.async = async;
      this.in = in;
      this.response = response;
    }

    @Override
    public void onDataAvailable() throws IOException {
      while (in.isReady() && !in.isFinished()) {
        int length = in.read(piece);
        if (length > 0) {
          body.write(piece, 0, length);
        }
      }
    }

    @Override
    public void onAllDataRead() throws IOException {
      response.setContentType("application/json");
      ServletOutputStream out = response.getOutputStream();
      out.setWriteListener(new Writing(async, out, body.toByteArray()));
    }

    @Override
    public void onError(Throwable failure) {
      response.setStatus(500);
      async.complete();
    }
  }

  private static final class Writing implements WriteListener {

    private final AsyncContext async;
    private final ServletOutputStream out;
    private final byte[] body;
    private int written;

    Writing(AsyncContext async, ServletOutputStream out, byte[] body) {
      this.async = async;
      this.out = out;
      this.body = body;
    }

    @Override
    public void onWritePossible() throws IOException {
      while (out.isReady()) {
        if (written == body.length) {
          async.complete();
          return;
        }
        int length = Math.min(PIECE, body.length - written);
        out.write(body, written, length);
        written += length;
      }
    }

    @Override
    public void onError(Throwable failure) {
      async.complete();
    }
  }
}

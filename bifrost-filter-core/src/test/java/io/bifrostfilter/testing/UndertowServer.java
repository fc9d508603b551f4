package io.bifrostfilter.testing;

import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.Version;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.ServletContainerInitializerInfo;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Undertow 2.3. */
final class UndertowServer implements EmbeddedServer {

  @Override
  public String name() {
    return "Undertow " + version();
  }

  @Override
  public String version() {
    return Version.getVersionString();
  }

  @Override
  public Running start(WebApp app, Set<Protocol> protocols, @Nullable SelfSigned certificate)
      throws Exception {
    String path = app.contextPath().isEmpty() ? "/" : app.contextPath();
    DeploymentManager deployment =
        Servlets.newContainer()
            .addDeployment(
                Servlets.deployment()
                    .setClassLoader(UndertowServer.class.getClassLoader())
                    .setDeploymentName("app")
                    .setContextPath(path)
                    .addServletContainerInitializer(
                        new ServletContainerInitializerInfo(
                            WebApp.class, new ImmediateInstanceFactory<>(app), Set.of())));
    deployment.deploy();
    var builder =
        Undertow.builder().setHandler(Handlers.path().addPrefixPath(path, deployment.start()));
    List<Protocol> inOrder = new ArrayList<>(protocols);
    for (Protocol protocol : inOrder) {
      if (protocol.isSecure()) {
        builder.addHttpsListener(0, protocol.address(), certificate.serverContext());
      } else {
        builder.addHttpListener(0, protocol.address());
      }
    }
    Undertow undertow = builder.build();
    undertow.start();
    Map<Protocol, Integer> ports = new EnumMap<>(Protocol.class);
    var listeners = undertow.getListenerInfo();
    for (int i = 0; i < inOrder.size(); i++) {
      ports.put(inOrder.get(i), ((InetSocketAddress) listeners.get(i).getAddress()).getPort());
    }
    Action undeploy =
        () -> {
          deployment.stop();
          deployment.undeploy();
        };
    return new Running(
        ports,
        undeploy,
        () -> {
          undertow.stop();
          undeploy.run();
        });
  }
}

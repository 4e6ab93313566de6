package dev.weir.proxy.net;

import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The file of a listening unix socket: what a dead process left there is replaced, nothing else
/// is, and only our own is removed. Its owner and group may connect. Thread: any.
public final class SocketFile {
  private static final int TYPE = 0170000;
  private static final int SOCKET = 0140000;
  private static final Set<PosixFilePermission> MODE = PosixFilePermissions.fromString("rw-rw----");

  private final Path path;
  private @Nullable Object key;

  private SocketFile(Path path) {
    this.path = path;
  }

  /// A path where a socket can be made: nothing is there any more.
  ///
  /// @throws IOException when another process listens there, when what is there is no socket, when
  ///   there is no directory
  public static SocketFile at(Path path) throws IOException {
    Path directory = path.getParent();
    if (directory != null && !Files.isDirectory(directory)) {
      throw new IOException("there is no directory " + directory);
    }
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      if (!isSocket(path)) {
        throw new IOException(path + " is there and is not a socket");
      }
      if (alive(path)) {
        throw new IOException(path + " is in use by another process");
      }
      Files.deleteIfExists(path);
    }
    return new SocketFile(path);
  }

  /// Where it is.
  public Path path() {
    return path;
  }

  /// To be called when the socket is bound: lets the group connect, and remembers which file it is.
  void bound() throws IOException {
    Files.setPosixFilePermissions(path, MODE);
    key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
  }

  /// Removes the file, unless somebody put another one there. To be called before the socket is
  /// closed: nobody can connect any more then.
  public void remove() {
    try {
      Object mine = key;
      if (mine != null
          && mine.equals(Files.readAttributes(path, BasicFileAttributes.class).fileKey())) {
        Files.delete(path);
      }
    } catch (NoSuchFileException e) {
      // Somebody was faster.
    } catch (IOException e) {
      // The next process that wants the path finds nobody listening and replaces the file.
    }
  }

  private static boolean isSocket(Path path) throws IOException {
    return Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) instanceof Integer mode
        && (mode & TYPE) == SOCKET;
  }

  /// Whether somebody listens there, if perhaps with a full queue.
  private static boolean alive(Path path) throws IOException {
    try (var probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.configureBlocking(false);
      probe.connect(UnixDomainSocketAddress.of(path));
      return true;
    } catch (SocketException e) {
      String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
      if (message.contains("refused")) {
        return false;
      }
      throw new IOException(
          path + " is there, and whether it is in use cannot be found out: " + e.getMessage(), e);
    }
  }
}

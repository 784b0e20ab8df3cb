// The handshake at load: the header compiled against and the library that runs must be of one version.
internal import COptTrack

/// Versions of the C library.
public enum LibraryVersion {
  /// The version of the header that this package was built with, as "major.minor.patch".
  public static let header = OPT_VERSION

  /// The version of the library that runs, as "major.minor.patch".
  public static let running = String(opt_version()) ?? ""

  /// Throws ``OptError/versionMismatch(header:library:)``, naming both versions, if they differ.
  static func verify(header: String = header, library: String = running) throws {
    if header != library {
      throw OptError.versionMismatch(header: header, library: library)
    }
  }
}

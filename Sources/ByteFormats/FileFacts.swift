#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the system says of a file without opening it.
public struct FileFacts: Hashable, Sendable {
  public var byteCount: Int
  public var isRegular: Bool
  public var isFolder: Bool

  /// The path with every symbolic link followed.
  public var resolvedPath: String

  /// Asks the system about a path, following links; `nil` if nothing is there.
  public init?(path: String) {
    var status = stat()
    guard !path.utf8.contains(0), stat(path, &status) == 0 else { return nil }
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    byteCount = Int(status.st_size)
    isRegular = status.st_mode & S_IFMT == S_IFREG
    isFolder = status.st_mode & S_IFMT == S_IFDIR
    resolvedPath = String(cString: resolved)
  }

  /// Whether a path leads to something that cannot be followed: a broken link, a locked folder.
  public static func isBlocked(_ path: String) -> Bool {
    var status = stat()
    guard !path.utf8.contains(0), stat(path, &status) != 0 else { return false }
    return errno == EACCES || lstat(path, &status) == 0
  }

  /// Whether the file lies inside a folder once all links are followed.
  public func isInside(_ folder: FileFacts) -> Bool {
    resolvedPath.hasPrefix(folder.resolvedPath == "/" ? "/" : folder.resolvedPath + "/")
  }
}

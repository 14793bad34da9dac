#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The names in a folder, not those in the folders within it.
public struct Folder: Sendable {
  public let path: String

  /// What opens the files of a folder that lies elsewhere.
  private let source: (any FolderSource)?

  /// The names of all entries but hidden ones, in alphabetical order.
  public let names: [String]

  /// Whether ``names`` tells all; a server of files as a rule has no list of them.
  let isListed: Bool

  /// The most entries that are listed.
  public static let maximumCount = 100_000

  /// Lists a folder; `nil` if the path is that of something else or of nothing.
  public init?(path: String) throws(ByteError) {
    var status = stat()
    guard !path.utf8.contains(0), stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR
    else { return nil }
    guard let stream = opendir(path) else { throw .system("list", path) }
    defer { closedir(stream) }

    var names: [String] = []
    while let entry = readdir(stream) {
      guard names.count < Self.maximumCount else {
        throw ByteError(.implausibleSize("more than \(Self.maximumCount) files in \(path)"))
      }
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    self.path = path
    self.names = names.sorted()
    source = nil
    isListed = true
  }

  /// Makes a folder that lies elsewhere.
  public init(path: String, names: [String], source: any FolderSource) {
    self.path = path
    self.names = names
    self.source = source
    isListed = true
  }

  /// Makes a folder that lies elsewhere and is not listed, of which files are asked for by name.
  public init(unlisted path: String, source: any FolderSource) {
    self.path = path
    self.source = source
    names = []
    isListed = false
  }

  /// Opens a file of the folder.
  public func open(_ name: String) throws(ByteError) -> MappedFile {
    guard let source else { return try MappedFile(path: path(of: name)) }
    return try source.open(name)
  }

  /// A folder in this one; `nil` if there is none of the name.
  public func folder(_ name: String) throws(ByteError) -> Folder? {
    guard let source else { return try Folder(path: path(of: name)) }
    return try source.folder(name)
  }

  public func contains(_ name: String) -> Bool { names.contains(name) }

  /// The path of an entry.
  public func path(of name: String) -> String {
    path.hasSuffix("/") ? path + name : "\(path)/\(name)"
  }

  /// The last part of the path that is not a dot, or the path itself.
  public var name: String {
    path.split(separator: "/").last { $0 != "." }.map(String.init) ?? path
  }
}

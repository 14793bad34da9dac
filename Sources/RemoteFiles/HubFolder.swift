import ByteFormats

/// A folder of a repository, whose files are fetched when they are read.
struct HubFolder: FolderSource {
  let address: HubAddress

  /// The paths of all files of the repository.
  let files: [String]
  let hub: Hub

  private var prefix: String { address.path.isEmpty ? "" : address.path + "/" }

  /// The folder as readers see it.
  var folder: Folder {
    let names = files.filter { $0.hasPrefix(prefix) }
      .compactMap { $0.dropFirst(prefix.count).split(separator: "/").first.map(String.init) }
    return Folder(
      path: address.description, names: Set(names.filter { !$0.hasPrefix(".") }).sorted(),
      source: self)
  }

  func open(_ name: String) throws(ByteError) -> MappedFile {
    guard files.contains(prefix + name) else {
      throw ByteError(
        .system(
          operation: "fetch", path: "\(address)/\(name)",
          reason: "the repository has no such file"))
    }
    return try hub.file(address, path: prefix + name, home: folder)
  }

  func folder(_ name: String) -> Folder? {
    var inner = address
    inner.path = prefix + name
    let folder = HubFolder(address: inner, files: files, hub: hub).folder
    return folder.names.isEmpty ? nil : folder
  }
}

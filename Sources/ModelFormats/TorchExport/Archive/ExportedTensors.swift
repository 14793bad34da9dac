import ByteFormats
import ModelGraph

/// The stored tensors of an archive, with the roles that the program gives them.
struct ExportedTensors {
  private(set) var all: [Tensor] = []
  var log = DiagnosticLog()

  /// The role of each stored tensor, by its name in the model.
  private let roles: NameMap<Tensor.Role>

  private var storageCount = 0

  /// Whether several tensors share a storage.
  var hasShared: Bool { storageCount < all.count }

  init(_ program: ExportedProgram) {
    let stored = program.stored.values.map { (NameKey($0.name), $0.role) }
    roles = Dictionary(stored) { first, _ in first }
  }

  /// Adds the tensors of one folder.
  mutating func add(
    _ configuration: WeightConfiguration, _ kind: ExportArchive.Kind, of archive: ExportArchive
  ) throws(FormatError) {
    var missing: [String] = []
    var bare: [String] = []
    all.reserveCapacity(all.count + configuration.entries.count)
    let folder = archive.folder(of: kind)

    // The number of each storage, by its record.
    var storages: NameMap<Int> = [:]
    storages.reserveCapacity(configuration.entries.count)
    for entry in configuration.entries {
      guard entry.hasData else {
        bare.append(entry.name)
        append(entry, kind, &storages)
        continue
      }
      if let byteCount = archive.byteCount(ofMember: folder + entry.record) {
        try check(entry, byteCount)
      } else {
        missing.append(entry.name)
      }
      append(entry, kind, &storages)
    }
    if let first = bare.first {
      log.add(
        .note, "noData",
        "\(bare.count) tensors were exported on the device meta, without data: which of them are one "
          + "under several names cannot be told", at: first)
    }
    guard let first = missing.first else { return }
    log.add(
      .error, "missingData",
      "the archive lacks the data of \(missing.count) tensors; PyTorch does not load it", at: first)
  }

  private mutating func append(
    _ entry: WeightConfiguration.Entry, _ kind: ExportArchive.Kind, _ storages: inout NameMap<Int>
  ) {
    let record = entry.hasData ? entry.record : "\(entry.record)/\(entry.name)"
    let storage = storages.value(of: record, orSet: storageCount)
    if storage == storageCount { storageCount += 1 }
    let usual: Tensor.Role = kind == .weights ? .parameter : .constant
    all.append(
      Tensor(
        name: entry.name, type: entry.type, role: roles[entry.name] ?? usual, storage: storage))
  }

  private func check(_ entry: WeightConfiguration.Entry, _ byteCount: Int) throws(FormatError) {
    guard !entry.isPickled, byteCount < entry.extent else { return }
    throw .bytes(
      ByteError(
        .malformed(
          expected: "\(entry.extent) bytes of data for \(entry.name.quoted)",
          found: "\(byteCount)"), at: entry.offset))
  }
}

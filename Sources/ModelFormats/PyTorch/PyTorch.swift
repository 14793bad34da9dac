public import ByteFormats
public import ModelGraph

/// What PyTorch's `torch.save` and `torch.jit.save` write, and plain pickles of tensors or arrays.
///
/// Since version 1.6 a ZIP archive of stored members in one folder:
///
/// ```
/// model/data.pkl      a pickle that says which tensors there are
/// model/data/0 …      the bytes of each storage, which are not read
/// model/byteorder, model/version
/// model/code/…, model/constants.pkl      in TorchScript alone
/// ```
///
/// Before that several pickles after another, the storages behind them. The pickles are read as data;
/// nothing that they name is ever run. What a name means that is not known here is left open, and a
/// diagnostic names it.
/// Source: <https://github.com/pytorch/pytorch/blob/main/torch/serialization.py>
public enum PyTorch: ModelFormat {
  public static let name = "PyTorch"

  public static func matches(_ candidate: Candidate) -> Bool {
    if extensions.contains(where: candidate.hasExtension) { return true }
    return candidate.isArchive && candidate.holdsPickle || candidate.startsWithMagicNumber
      || (candidate.isPickle || candidate.isArchive)
        && otherExtensions.contains(where: candidate.hasExtension)
  }

  private static let extensions = [
    "pt", "pth", "ckpt", "ptl", "jit", "torchscript", "pth.tar", "pt.tar", "pkl", "pickle",
  ]

  /// What other files are called too.
  private static let otherExtensions = ["bin", "joblib"]

  public static func read(_ file: MappedFile) throws(FormatError) -> Model {
    let start = file.prefix(4)
    if start == [0x50, 0x4B, 0x03, 0x04] || start == [0x50, 0x4B, 0x05, 0x06] {
      return try readArchive(file)
    }
    if let reason = foreignReason(file) { throw .noModel(format: name, reason: reason) }
    let stream = try TorchStream(file)
    var checkpoint = CheckpointReader(stream.source)
    try checkpoint.read(stream.document, in: file)
    return checkpoint.model(of: file)
  }

  private static func readArchive(_ file: MappedFile) throws(FormatError) -> Model {
    let archive = try TorchArchive(file)
    // Programs of torch.export are often given PyTorch's own extension.
    if archive.isExportedProgram { return try TorchExport.read(file) }
    var checkpoint = CheckpointReader(archive.source())
    if archive.isScript { checkpoint.scriptClasses = archive.scriptClasses() }
    let pickle = try archive.pickle()
    try checkpoint.read(pickle.document, in: pickle.file)
    if let constants = try archive.constants() {
      try checkpoint.readConstants(constants.document, in: constants.file)
    }
    checkpoint.note(archive)
    return checkpoint.model(of: file)
  }

  /// What a pickle of the protocols 0 and 1 begins with, and the mark of the later ones.
  private static let pickleStarts = Set("(c}])ILSVUXTKMJNGF".utf8).union([0x80])

  /// Why a file that looks like PyTorch's is none that is read.
  private static func foreignReason(_ file: MappedFile) -> String? {
    let bytes = file.prefix(512)
    if bytes.count >= 262, bytes[257..<262].elementsEqual("ustar".utf8) {
      return "it is a tar archive, as PyTorch before 0.1.10 wrote; save it again with a newer one"
    }
    if bytes.starts(with: [0x1F, 0x8B]) || bytes.starts(with: [0x78]) {
      return "it is compressed; unpack it first"
    }
    if bytes.starts(with: HDF5File.signature.prefix(4)) { return "it is an HDF5 file" }
    guard let first = bytes.first else { return "it is empty" }
    return pickleStarts.contains(first) ? nil : "it is neither a ZIP archive nor a pickle"
  }
}

extension Candidate {
  fileprivate var isArchive: Bool { firstBytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) }

  /// Whether the first member of an archive is called as PyTorch calls it.
  fileprivate var holdsPickle: Bool {
    guard firstBytes.count > 30 else { return false }
    let name = String(decoding: firstBytes[30...], as: UTF8.self)
    return ["/data.pkl", "/data/0", "/constants.pkl", "/code/__torch__", "/.format_version"]
      .contains { name.contains($0) }
  }

  /// A pickle of a protocol of at least 2.
  fileprivate var isPickle: Bool {
    firstBytes.count > 2 && firstBytes[0] == 0x80 && 2...5 ~= firstBytes[1]
  }

  /// Whether a pickle of PyTorch's magic number comes first.
  fileprivate var startsWithMagicNumber: Bool {
    isPickle && firstBytes.dropFirst(2).prefix(24).contains(TorchStream.magicNumber)
  }
}

extension ArraySlice<UInt8> {
  fileprivate func contains(_ bytes: [UInt8]) -> Bool {
    indices.contains { self[$0...].starts(with: bytes) }
  }
}

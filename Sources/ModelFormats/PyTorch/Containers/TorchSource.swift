/// Where the storages of a checkpoint lie.
struct TorchSource: Sendable {
  /// The bytes of each storage that the file holds, by key.
  var byteCounts: [String: Int] = [:]

  /// The storages of a TorchScript archive's constants, which have keys of their own.
  var constantByteCounts: [String: Int] = [:]

  /// Whether the storages lie in the pickle itself.
  var holdsStorages = true
}

import ByteFormats
import ModelGraph

extension CheckpointReader {
  /// Says what of the objects was understood, and what was not.
  mutating func report(_ walk: ObjectWalk) {
    for name in walk.unsafeNames.all {
      log.add(
        .warning, "unsafeGlobal",
        "the pickle names \(name.quoted), which loading it without `weights_only` would call; "
          + "nothing is called here", at: name.shortened(to: 200))
    }
    for name in walk.unknownNames.all {
      log.add(
        .warning, "unknownGlobal", "what \(name.quoted) makes is not known and is left open",
        at: name.shortened(to: 200))
    }
    if let first = walk.moduleClasses.all.first {
      log.add(
        .note, "wholeModule",
        "a whole module, \(first.quoted), is read by its structure; classes of modules: "
          + "\(walk.moduleClasses.all.count)")
    }
    if walk.isCutShort {
      log.add(
        .warning, "deepObjects",
        "objects that hold themselves, each other many times over or very deep are not followed "
          + "to the end")
    }
  }

  /// Says of an archive what does not concern single tensors.
  mutating func note(_ archive: TorchArchive) {
    state("byteorder", archive.statement("byteorder"))
    state("format_version", archive.statement("version"))
    if archive.isScript {
      log.add(
        .note, "noGraph",
        "TorchScript's code is not read: what the model stores is told, not how it runs")
    }
    if archive.trailingByteCount > 0 {
      log.add(
        .warning, "trailingBytes",
        "\(archive.trailingByteCount) bytes after the archive belong to none of it")
    }
  }

  /// Names the tensors that have the bytes of others.
  mutating func reportShared(_ tensors: [Tensor]) {
    var first: [Int: String] = [:]
    for tensor in tensors where tensor.type.elementCount > 0 {
      guard let other = first[tensor.storage] else {
        first[tensor.storage] = tensor.name
        continue
      }
      log.add(
        .note, "sharedStorage",
        "\(tensor.name.quoted) lies in the bytes of \(other.quoted); they are counted once",
        at: tensor.name.shortened(to: 200))
    }
  }

  /// Says how many tensors are of a kind that stores less or more than its elements.
  mutating func reportKinds() {
    let sentences: [(TorchTensor.Kind, String, String)] = [
      (.sparse, "sparseTensors", "are sparse: their bytes are those of indices and values"),
      (.wrapper, "wrappedTensors", "are of subclasses: their bytes are those of what they wrap"),
      (.meta, "metaTensors", "are on the meta device: the file has no data for them"),
    ]
    for (kind, code, sentence) in sentences {
      let count = count(of: kind)
      if count > 0 { log.add(.note, code, "\(count) tensors \(sentence)") }
    }
    let repeating = repeatingCount
    if repeating > 0 {
      log.add(
        .note, "repeatedElements",
        "\(repeating) tensors repeat the same bytes along an axis; these are counted once")
    }
  }
}

extension PickleDocument {
  /// The plain values of the outermost dictionary, such as the epoch.
  var statements: Attributes {
    var result: Attributes = [:]
    for member in members(root) ?? [] {
      guard result.entries.count < 32, let key = text(member.key), key.utf8.count <= 100 else {
        continue
      }
      switch member.value {
      case .integer(let number): result[key] = .integer(number)
      case .number(let number): result[key] = .float(number)
      case .text: result[key] = text(member.value).map { .string($0.shortened(to: 200)) }
      case .none, .boolean, .wideInteger, .bytes, .object: continue
      }
    }
    return result
  }
}

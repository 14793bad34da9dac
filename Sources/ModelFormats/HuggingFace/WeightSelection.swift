import ByteFormats
import ModelGraph

/// Chooses which of the checkpoints in a folder are counted.
struct WeightSelection {
  let folder: Folder
  let sets: [WeightSet]

  init(_ folder: Folder) {
    self.folder = folder
    sets = WeightSet.all(in: folder)
  }

  /// Reads what is counted; `nil` if there are no weights.
  func read() throws(FormatError) -> CheckpointParts? {
    guard !sets.isEmpty else { return nil }
    let known = sets.filter(\.hasKnownStem)
    return known.isEmpty ? try readDistinct(sets) : try readFirst(known)
  }

  /// Reads the set that a library would load, and names the others.
  private func readFirst(_ candidates: [WeightSet]) throws(FormatError) -> CheckpointParts {
    var firstError: FormatError?
    for set in candidates {
      do throws(FormatError) {
        var parts = try set.read(in: folder)
        if let variant = set.key.variant {
          parts.log.add(.note, "variant", "the weights counted are the variant \(variant.quoted)")
        }
        let others = sets.filter { $0.key != set.key }.map(\.key.description)
        noteOthers(others, counted: set.key.description, &parts)
        note(firstError, &parts)
        return parts
      } catch {
        firstError = firstError ?? error
      }
    }
    throw firstError ?? .noModel(format: HuggingFaceFolder.family, reason: "it has no weights")
  }

  /// Reads all sets whose tensors are not among those already counted.
  ///
  /// Files with names of their own are parts of a model if their tensors differ, and variants of the
  /// same model if they do not.
  private func readDistinct(_ candidates: [WeightSet]) throws(FormatError) -> CheckpointParts {
    var parts: CheckpointParts?
    var counted: [String] = []
    var others: [String] = []
    var firstError: FormatError?
    for set in candidates {
      do throws(FormatError) {
        let next = try set.read(in: folder)
        guard let current = parts else {
          parts = next
          counted.append(set.key.description)
          continue
        }
        guard current.names.isDisjoint(with: next.names) else {
          others.append(set.key.description)
          continue
        }
        parts?.merge(next)
        counted.append(set.key.description)
      } catch {
        firstError = firstError ?? error
      }
    }
    guard var parts else {
      throw firstError ?? .noModel(format: HuggingFaceFolder.family, reason: "it has no weights")
    }
    noteOthers(others, counted: counted.joined(separator: ", "), &parts)
    note(firstError, &parts)
    return parts
  }

  private func noteOthers(_ others: [String], counted: String, _ parts: inout CheckpointParts) {
    guard !others.isEmpty else { return }
    let names = others.prefix(20).map(\.quoted).joined(separator: ", ")
    parts.log.add(
      .note, "otherWeights",
      "\(counted.shortened(to: 200).quoted) is counted; the same weights or those of another "
        + "library lie there too: \(names)")
  }

  private func note(_ error: FormatError?, _ parts: inout CheckpointParts) {
    guard let error else { return }
    parts.log.add(.warning, "unreadableWeights", "some weights are not counted: \(error)")
  }
}

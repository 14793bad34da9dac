import ByteFormats

/// The limits of a project's models, as a `memfit.yml` states them.
///
/// ```yaml
/// checks:
///   - model: model.onnx
///     batch: 8
///     device: stm32h743
///     limits:
///       store.parameters.count: 5M
///       run.arena.bytes: 256KiB
/// ```
///
/// What stands beside `model` and `limits` are the flags of `memfit check`, without their dashes.
public struct Budget: Hashable, Sendable {
  /// The file that states it.
  public var path: String

  /// The arguments of `memfit check` for each model.
  public var checks: [[String]]

  /// The name under which a budget is looked for.
  public static let usualPath = "memfit.yml"

  /// Reads a budget.
  ///
  /// - Throws: ``OpenError`` with the line of what is no budget.
  public init(path: String) throws(OpenError) {
    self.path = path
    do throws(ByteError) {
      let document = try YAML.read(try MappedFile(path: path))
      checks = try Self.checks(of: document)
    } catch {
      throw .file(path: path, .bytes(error))
    }
  }

  private static func checks(of document: JSONValue) throws(ByteError) -> [[String]] {
    let entries = document["checks"]?.elements ?? []
    guard !entries.isEmpty, document.members.count == 1 else {
      throw expected("a list called checks and nothing else", "other keys")
    }
    var checks: [[String]] = []
    for entry in entries { checks.append(try arguments(of: entry)) }
    return checks
  }

  private static func arguments(of entry: JSONValue) throws(ByteError) -> [String] {
    guard let model = entry["model"]?.string, !model.isEmpty else {
      throw expected("a model in every check", "a check without")
    }
    var arguments = [model]
    for member in entry.members where member.key != "model" {
      switch (member.key, member.value) {
      case ("limits", .object(let limits)):
        for limit in limits {
          guard let amount = limit.value.string else {
            throw expected("an amount for \(limit.key)", "something else")
          }
          arguments += ["--max", "\(limit.key)=\(amount)"]
        }
      case ("limits", _): throw expected("limits as keys with amounts", "something else")
      case (let flag, .string("true")): arguments.append("--\(flag)")
      case (_, .string("false")): break
      case (let flag, .string(let value)): arguments += ["--\(flag)", value]
      case (let flag, .array(let values)):
        for case .string(let value) in values { arguments += ["--\(flag)", value] }
      case (let flag, _): throw expected("a value for \(flag)", "something else")
      }
    }
    return arguments
  }

  private static func expected(_ expected: String, _ found: String) -> ByteError {
    ByteError(.malformed(expected: expected, found: found))
  }
}

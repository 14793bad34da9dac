public import ByteFormats

/// A repository of the Hugging Face hub, or a file in it: `hf://owner/name[@revision][/path]`.
public struct HubAddress: Hashable, Sendable {
  public var repository: String
  public var revision: String
  public var path: String

  static let scheme = "hf://"

  /// Whether a text means to be such an address.
  public static func isMeant(by text: String) -> Bool { text.lowercased().hasPrefix(scheme) }

  public init(_ text: String) throws(ByteError) {
    let rest = text.dropFirst(Self.scheme.count)
    let parts = rest.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard Self.isMeant(by: text), parts.count >= 2 else { throw Self.refuse(text) }
    let name = parts[1].split(separator: "@", maxSplits: 1).map(String.init)
    repository = "\(parts[0])/\(name.first ?? "")"
    revision = name.count > 1 ? name[1] : "main"
    path = parts.dropFirst(2).filter { !$0.isEmpty }.joined(separator: "/")
    let pieces = [parts[0], name.first ?? "", revision] + parts.dropFirst(2).filter { !$0.isEmpty }
    guard pieces.allSatisfy(Self.isPlain) else { throw Self.refuse(text) }
  }

  /// Whether a part of a path is a name and leads nowhere else.
  private static func isPlain(_ part: String) -> Bool {
    !part.isEmpty && part != "." && part != ".."
      && part.utf8.allSatisfy { 0x21...0x7E ~= $0 && !"/\\?#%".utf8.contains($0) }
  }

  private static func refuse(_ text: String) -> ByteError {
    ByteError(
      .system(
        operation: "fetch", path: text,
        reason: "an address of the hub is hf://owner/name, hf://owner/name@revision or"
          + " hf://owner/name/path"))
  }
}

extension HubAddress: CustomStringConvertible {
  public var description: String {
    let at = revision == "main" ? "" : "@\(revision)"
    return "\(Self.scheme)\(repository)\(at)\(path.isEmpty ? "" : "/\(path)")"
  }
}

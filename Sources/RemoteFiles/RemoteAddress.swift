public import ByteFormats

/// An address on the web, taken apart and checked.
public struct RemoteAddress: Hashable, Sendable {
  /// `http` or `https`.
  public let scheme: String

  /// The host in small letters, of a numeric address of six parts with its brackets.
  public let host: String
  public let port: Int

  /// What stands after the host, at least a slash.
  public let target: String

  public static let maximumByteCount = 8_000

  /// Whether a text means to be such an address.
  public static func isMeant(by text: String) -> Bool {
    let lowercased = text.prefix(8).lowercased()
    return lowercased.hasPrefix("http://") || lowercased.hasPrefix("https://")
  }

  public init(_ text: String) throws(ByteError) {
    func refuse(_ reason: String) -> ByteError {
      ByteError(.system(operation: "fetch", path: text, reason: reason))
    }
    guard text.utf8.count <= Self.maximumByteCount, text.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
    else {
      throw refuse("an address has at most \(Self.maximumByteCount) letters of ASCII, no spaces")
    }
    guard let (scheme, rest) = Self.split(text, at: "://"),
      ["http", "https"].contains(scheme.lowercased())
    else { throw refuse("only http and https are known") }
    let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
    let authority = rest[..<end]
    guard !authority.contains("@") else {
      throw refuse("names and passwords do not belong in an address")
    }
    guard let (host, port) = Self.hostAndPort(authority, scheme: scheme.lowercased()) else {
      throw refuse("its host or port makes no sense")
    }
    self.scheme = scheme.lowercased()
    self.host = host
    self.port = port
    let tail = rest[end...].prefix { $0 != "#" }
    target = tail.hasPrefix("/") ? String(tail) : "/\(tail)"
  }

  private static func split(_ text: String, at mark: String) -> (String, Substring)? {
    guard let position = text.firstRange(of: mark) else { return nil }
    return (String(text[..<position.lowerBound]), text[position.upperBound...])
  }

  private static func hostAndPort(_ authority: Substring, scheme: String) -> (String, Int)? {
    let standard = scheme == "https" ? 443 : 80
    let hostEnd: Substring.Index
    if authority.hasPrefix("[") {
      guard let bracket = authority.firstIndex(of: "]") else { return nil }
      hostEnd = authority.index(after: bracket)
    } else {
      hostEnd = authority.firstIndex(of: ":") ?? authority.endIndex
    }
    let host = authority[..<hostEnd].lowercased()
    let allowed = host.utf8.allSatisfy { byte in
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
        || "-._[]:".utf8.contains(byte)
    }
    guard !host.isEmpty, host != "[]", allowed else { return nil }
    let rest = authority[hostEnd...]
    guard !rest.isEmpty else { return (host, standard) }
    guard rest.hasPrefix(":"), let port = Int(rest.dropFirst()), 1...65_535 ~= port else {
      return nil
    }
    return (host, port)
  }
}

extension RemoteAddress: CustomStringConvertible {
  public var description: String { "\(origin)\(target)" }

  /// Scheme, host and port, which together are one server.
  public var origin: String {
    let isStandard = port == (scheme == "https" ? 443 : 80)
    return "\(scheme)://\(host)\(isStandard ? "" : ":\(port)")"
  }

  /// The last part of the path.
  public var fileName: String {
    let path = target.prefix { $0 != "?" }
    return path.split(separator: "/").last.map(String.init) ?? host
  }

  /// Whether the server is this machine.
  public var isLoopback: Bool {
    host == "localhost" || host == "[::1]" || host.hasPrefix("127.")
  }

  /// Checks that an answer from here may send the client there.
  ///
  /// What began with encryption stays encrypted, and nothing out there leads to this machine.
  func checkRedirect(to next: RemoteAddress) throws(ByteError) {
    let reason: String
    if scheme == "https", next.scheme == "http" {
      reason = "it redirects to \(next.origin) without encryption, which is refused"
    } else if next.isLoopback, !isLoopback {
      reason = "it redirects to this machine, which is refused"
    } else {
      return
    }
    throw ByteError(.system(operation: "fetch", path: description, reason: reason))
  }
}

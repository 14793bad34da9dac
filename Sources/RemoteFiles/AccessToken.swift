/// A secret that opens what is private on one server.
///
/// It is sent to that server alone, and only where nobody can listen: encrypted, or on this machine.
public struct AccessToken: Sendable {
  private let secret: String
  private let origin: String

  /// Makes a token for a server; `nil` for a text that is none.
  public init?(_ secret: String, for address: RemoteAddress) {
    guard !secret.isEmpty, secret.utf8.count <= 4096, secret.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
    else { return nil }
    self.secret = secret
    origin = address.origin
  }

  /// The line of a request to an address; `nil` where the token does not belong.
  func header(for address: RemoteAddress) -> String? {
    guard address.origin == origin, address.scheme == "https" || address.isLoopback else {
      return nil
    }
    return "Authorization: Bearer \(secret)"
  }
}

extension AccessToken: CustomStringConvertible {
  /// Never the secret.
  public var description: String { "a token for \(origin)" }
}

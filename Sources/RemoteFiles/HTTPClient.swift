import ByteFormats
import CURLLibrary

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Makes requests by the system's libcurl, with redirects by rule and retries.
public struct HTTPClient: Sendable {
  public let policy: HTTPPolicy
  public let token: AccessToken?

  /// Is told the number of bytes of each piece that arrives.
  private let received: Received

  public typealias Received = @Sendable (_ byteCount: Int) -> Void

  public init(
    policy: HTTPPolicy = HTTPPolicy(), token: AccessToken? = nil,
    received: @escaping Received = { _ in }
  ) {
    self.policy = policy
    self.token = token
    self.received = received
  }

  /// The most bytes of headers that are taken.
  static let maximumHeaderByteCount = 64 << 10

  /// Asks for a file or a part of it, following redirects.
  ///
  /// - Returns: The answer of status 200 or 206, and the address it came from.
  func get(
    _ address: RemoteAddress, range: Range<Int>? = nil, limit: Int
  ) throws(ByteError) -> (response: HTTPResponse, address: RemoteAddress) {
    var current = address
    for _ in 0...policy.maximumRedirects {
      let (response, redirect) = try attempts(current, range, limit)
      guard let redirect else {
        guard response.status == 200 || response.status == 206 else {
          throw refused(current, response)
        }
        return (response, current)
      }
      let next = try RemoteAddress(redirect)
      try current.checkRedirect(to: next)
      current = next
    }
    throw failure(address, "it redirects more than \(policy.maximumRedirects) times")
  }

  /// Makes a request until it succeeds or cannot.
  private func attempts(
    _ address: RemoteAddress, _ range: Range<Int>?, _ limit: Int
  ) throws(ByteError) -> (HTTPResponse, redirect: String?) {
    var delay = policy.firstDelayMilliseconds
    var attempt = 1
    while true {
      let transfer = Transfer(limit: limit, received)
      let result = perform(address, range, transfer)
      if let problem = transfer.problem { throw failure(address, problem) }
      guard result.code != -1 else {
        throw failure(address, "libcurl is not installed, which makes requests on the web")
      }
      let isLast = attempt >= policy.attempts
      if result.code == 0, !Self.isPassing(transfer.response.status) || isLast {
        let isRedirect = 300...399 ~= transfer.response.status && !result.redirect.isEmpty
        return (transfer.response, isRedirect ? result.redirect : nil)
      }
      if result.code != 0, isLast || !Self.isPassing(code: result.code) {
        throw failure(address, result.message)
      }
      try wait(address, transfer.response, milliseconds: delay)
      delay = min(delay * 2, policy.maximumDelaySeconds * 1000)
      attempt += 1
    }
  }

  /// Waits before another attempt, as long as the server asks for.
  private func wait(
    _ address: RemoteAddress, _ response: HTTPResponse, milliseconds: Int
  ) throws(ByteError) {
    var milliseconds = milliseconds
    if let seconds = response["retry-after"].flatMap({ Int($0) }), seconds >= 0 {
      guard seconds <= policy.maximumDelaySeconds else {
        throw failure(address, "the server asks to come again in \(seconds) seconds")
      }
      milliseconds = max(milliseconds, seconds * 1000)
    }
    usleep(UInt32(clamping: milliseconds * 1000))
  }

  /// Whether a status may be another one soon.
  private static func isPassing(_ status: Int) -> Bool {
    [408, 425, 429, 500, 502, 503, 504].contains(status)
  }

  /// Whether libcurl failed at something that may work soon: the connection or its end.
  private static func isPassing(code: Int) -> Bool { [7, 18, 28, 52, 55, 56, 92].contains(code) }

  // MARK: Words

  func failure(_ address: RemoteAddress, _ reason: String) -> ByteError {
    let place = address.description.prefix { $0 != "?" }
    return ByteError(.system(operation: "fetch", path: String(place), reason: reason))
  }

  private func refused(_ address: RemoteAddress, _ response: HTTPResponse) -> ByteError {
    let reason =
      switch response.status {
      case 401, 403:
        "the server refuses access (\(response.status)); what is private or gated needs a token"
          + " in HF_TOKEN"
      case 404: "there is no such thing on the server (404)"
      case 416: "the server has no such part of the file (416)"
      case 429: "the server says it is asked too often (429)"
      case let status: "the server answers \(status)"
      }
    return failure(address, reason)
  }
}

// MARK: One transfer

/// What comes in during a transfer.
private final class Transfer {
  var response = HTTPResponse()
  var problem: String?

  private let limit: Int
  private let received: HTTPClient.Received
  private var headerByteCount = 0

  init(limit: Int, _ received: @escaping HTTPClient.Received) {
    self.limit = limit
    self.received = received
  }

  /// Takes one line of the headers; false ends the transfer.
  func takeHeader(_ line: UnsafeRawBufferPointer) -> Bool {
    headerByteCount += line.count
    guard headerByteCount <= HTTPClient.maximumHeaderByteCount else {
      problem = "its headers are longer than \(HTTPClient.maximumHeaderByteCount) bytes"
      return false
    }
    let text = String(decoding: line, as: UTF8.self)
    if text.hasPrefix("HTTP/") {
      let status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
      response = HTTPResponse(status: status ?? 0)
      return true
    }
    guard let colon = text.firstIndex(of: ":") else { return true }
    let value = text[text.index(after: colon)...]
    let trimmed = value.drop { $0 == " " || $0 == "\t" }.prefix {
      $0 != "\r" && $0 != "\n" && $0 != "\r\n"
    }
    response.headers[text[..<colon].lowercased()] = String(trimmed)
    return true
  }

  func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard response.status == 200 || response.status == 206 else { return true }
    guard bytes.count <= limit - response.body.count else {
      problem =
        response.status == 206
        ? "it gives more than was asked for"
        : "the server gives only the whole file, which is more than \(limit) bytes"
      return false
    }
    response.body.append(contentsOf: bytes)
    received(bytes.count)
    return true
  }
}

extension HTTPClient {
  fileprivate struct Outcome {
    var code: Int
    var message: String
    var redirect: String
  }

  fileprivate func perform(
    _ address: RemoteAddress, _ range: Range<Int>?, _ transfer: Transfer
  ) -> Outcome {
    var lines = ["Accept-Encoding: identity"]
    if let line = token?.header(for: address) { lines.append(line) }
    let text = range.map { "\($0.lowerBound)-\($0.upperBound - 1)" }
    return withCStrings(lines) { headers in
      address.description.withCString { url in
        withOptionalCString(text) { range in
          withOptionalCString(policy.certificateFile) { certificates in
            "memfit".withCString { agent in
              request(address, url, range, headers, agent, certificates, transfer)
            }
          }
        }
      }
    }
  }

  private func request(
    _ address: RemoteAddress, _ url: UnsafePointer<CChar>, _ range: UnsafePointer<CChar>?,
    _ headers: [UnsafePointer<CChar>?], _ agent: UnsafePointer<CChar>,
    _ certificates: UnsafePointer<CChar>?, _ transfer: Transfer
  ) -> Outcome {
    headers.withUnsafeBufferPointer { headers in
      var request = curl_library_request()
      request.url = url
      request.range = range
      request.headers = headers.baseAddress
      request.header_count = headers.count
      request.user_agent = agent
      request.certificate_file = certificates
      request.uses_proxy = address.isLoopback ? 0 : 1
      request.connect_milliseconds = policy.connectSeconds * 1000
      request.stall_seconds = policy.stallSeconds
      request.total_milliseconds = policy.requestSeconds * 1000
      request.context = Unmanaged.passUnretained(transfer).toOpaque()
      request.receive_header = { bytes, count, context in
        take(bytes, count, context) { $0.takeHeader($1) }
      }
      request.receive_body = { bytes, count, context in
        take(bytes, count, context) { $0.takeBody($1) }
      }
      var result = curl_library_result()
      withExtendedLifetime(transfer) { curl_library_perform(&request, &result) }
      return Outcome(
        code: Int(result.code), message: text(&result.message), redirect: text(&result.redirect))
    }
  }
}

/// Hands bytes to a transfer; taking none of them ends it.
private func take(
  _ bytes: UnsafePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
  _ body: (Transfer, UnsafeRawBufferPointer) -> Bool
) -> Int {
  guard let context else { return 0 }
  let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
  return body(transfer, UnsafeRawBufferPointer(start: bytes, count: count)) ? count : 0
}

/// The text in an array of characters of a C structure.
private func text<Characters>(_ characters: inout Characters) -> String {
  withUnsafeBytes(of: &characters) { bytes in
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}

private func withOptionalCString<Result>(
  _ text: String?, _ body: (UnsafePointer<CChar>?) -> Result
) -> Result {
  guard let text else { return body(nil) }
  return text.withCString { body($0) }
}

private func withCStrings<Result>(
  _ texts: [String], _ body: ([UnsafePointer<CChar>?]) -> Result
) -> Result {
  var copies: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
  defer { for index in copies.indices { free(copies[index]); copies[index] = nil } }
  return body(copies.map { UnsafePointer($0) })
}

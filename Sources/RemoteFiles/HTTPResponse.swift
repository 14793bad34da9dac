/// An answer: its status, the headers that matter, and its body.
struct HTTPResponse {
  var status = 0
  var headers: [String: String] = [:]
  var body: [UInt8] = []

  /// What a header says, its name in small letters.
  subscript(name: String) -> String? { headers[name] }

  /// The place of the body in the file, from `bytes 0-99/1234`.
  var contentRange: (range: Range<Int>, total: Int)? {
    guard let text = headers["content-range"], text.lowercased().hasPrefix("bytes ") else {
      return nil
    }
    let parts = text.dropFirst(6).split(separator: "/")
    let ends = parts.first?.split(separator: "-") ?? []
    guard parts.count == 2, ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]),
      let total = Int(parts[1]), first >= 0, last >= first, last < total
    else { return nil }
    return (first..<last + 1, total)
  }

  /// What tells one state of a file from another.
  var validator: String? {
    let tag = headers["x-linked-etag"] ?? headers["etag"]
    return tag ?? headers["last-modified"]
  }
}

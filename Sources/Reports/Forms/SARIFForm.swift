/// The form for code scanning: a result for each limit that does not hold.
/// <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>
public struct SARIFForm: Sendable {
  public var style: NumberStyle

  /// The file that sets the limits, where there is one; else results point at the model's file.
  public var budgetPath: String?

  public init(style: NumberStyle = NumberStyle(), budgetPath: String? = nil) {
    self.style = style
    self.budgetPath = budgetPath
  }

  public func write(_ list: CheckList) -> String {
    let driver: JSON = [
      "name": "memfit", "version": .string(list.version), "rules": .array(rules(of: list)),
    ]
    let document: JSON = [
      "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
      "runs": [["tool": ["driver": driver], "results": .array(list.checks.flatMap(results))]],
    ]
    return document.text
  }

  private func rules(of list: CheckList) -> [JSON] {
    var known: Set<String> = []
    return list.checks.flatMap(\.limits).filter { known.insert($0.key).inserted }.map { limit in
      [
        "id": .string(limit.key),
        "shortDescription": ["text": .string("\(limit.label) has a limit")],
      ]
    }
  }

  private func results(of check: Check) -> [JSON] {
    check.limits.filter { !$0.holds }.map { limit in
      let sentence = "\(check.model.name): \(limit.verdict(style).sentence)"
      return [
        "ruleId": .string(limit.key), "level": "error", "message": ["text": .string(sentence)],
        "locations": [location(of: check)],
      ]
    }
  }

  private func location(of check: Check) -> JSON {
    let path = budgetPath ?? check.model.source
    return [
      "physicalLocation": [
        "artifactLocation": ["uri": .string(path.percentEncoded)], "region": ["startLine": 1],
      ]
    ]
  }
}

extension String {
  /// The path as a relative reference of RFC 3986.
  fileprivate var percentEncoded: String {
    utf8.map { byte in
      if Self.unreserved.contains(byte) { return String(Unicode.Scalar(byte)) }
      let digits = String(byte, radix: 16, uppercase: true)
      return "%" + (digits.count < 2 ? "0" : "") + digits
    }.joined()
  }

  private static let unreserved = Set(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".utf8)
}

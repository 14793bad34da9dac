/// Reads and writes problems and placements in the comma-separated form of MiniMalloc.
///
/// A header names the columns `id`, `lower`, `upper` (half-open) and `size`, and may name `alignment`
/// and `offset`, here a fixed offset. `start` and `begin` stand for `lower`, `buffer` for `id`;
/// `end` is the last step, not the one after it. <https://github.com/google/minimalloc>
public enum ArenaCSV {
  /// Reads a problem; fixed offsets only where they are to be kept.
  public static func problem(
    from text: String, keepingOffsets: Bool = true
  ) throws(ArenaCSVError) -> ArenaProblem {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    guard let header = lines.first, !header.isEmpty else {
      throw ArenaCSVError(line: 1, problem: .missingColumn("id"))
    }
    let columns = try Columns(header)
    var items: [ArenaItem] = []
    for (index, line) in lines.enumerated().dropFirst() where !line.allSatisfy(\.isWhitespace) {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      items.append(try columns.item(Record(line: index + 1, fields: fields), keepingOffsets))
    }
    return ArenaProblem(items)
  }

  /// Writes the items with their offsets.
  public static func text(_ problem: ArenaProblem, _ placement: Placement) -> String {
    let hasAlignment = problem.items.contains { $0.alignment > 1 }
    let header =
      ["id", "lower", "upper", "size"] + (hasAlignment ? ["alignment"] : []) + ["offset"]
    let rows = zip(problem.items, placement.offsets).map { item, offset in
      let lifetime = item.buffer.lifetime
      let numbers = [lifetime.lowerBound, lifetime.upperBound, item.buffer.byteCount]
      return [item.name]
        + (numbers + (hasAlignment ? [item.alignment] : []) + [offset]).map(String.init)
    }
    return ([header] + rows).map { $0.joined(separator: ",") + "\n" }.joined()
  }
}

/// What is wrong with a file of buffers, and in which line.
public struct ArenaCSVError: Error, Hashable, CustomStringConvertible {
  public var line: Int
  public var problem: Problem

  public enum Problem: Hashable, Sendable {
    case missingColumn(String)
    case repeatedColumn(String)
    case unsupportedColumn(String)
    case wrongFieldCount(expected: Int, found: Int)
    case notANumber(column: String, found: String)
    case endsBeforeStart
  }

  public var description: String { "line \(line): \(words)" }

  private var words: String {
    switch problem {
    case .missingColumn(let name): "there is no column \(name)"
    case .repeatedColumn(let name): "the column \(name) comes twice"
    case .unsupportedColumn(let name): "the column \(name) is not supported"
    case .wrongFieldCount(let expected, let found): "expected \(expected) fields, found \(found)"
    case .notANumber(let column, let found):
      "\(column) must be a whole number of at least 0 and at most 2⁶⁰, found “\(found)”"
    case .endsBeforeStart: "the buffer ends before it starts"
    }
  }
}

private struct Record {
  var line: Int
  var fields: [Substring]
}

/// Where each column stands.
private struct Columns {
  private var positions: [String: Int] = [:]
  private var endIsInclusive = false
  private let count: Int

  private static let synonyms = [
    "begin": "lower", "start": "lower", "end": "upper", "buffer": "id", "buffer_id": "id",
  ]

  init(_ header: Substring) throws(ArenaCSVError) {
    let names = header.split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.filter { !$0.isWhitespace }.lowercased() }
    count = names.count
    for (position, name) in names.enumerated() {
      let column = Self.synonyms[name] ?? name
      if name == "end" { endIsInclusive = true }
      if name == "gaps" { throw ArenaCSVError(line: 1, problem: .unsupportedColumn(name)) }
      if positions.updateValue(position, forKey: column) != nil {
        throw ArenaCSVError(line: 1, problem: .repeatedColumn(column))
      }
    }
    for name in ["id", "lower", "upper", "size"] where positions[name] == nil {
      throw ArenaCSVError(line: 1, problem: .missingColumn(name))
    }
  }

  func item(_ record: Record, _ keepsOffsets: Bool) throws(ArenaCSVError) -> ArenaItem {
    guard record.fields.count == count else {
      throw ArenaCSVError(
        line: record.line, problem: .wrongFieldCount(expected: count, found: record.fields.count))
    }
    let lower = try number("lower", record) ?? 0
    let upper = (try number("upper", record) ?? 0) + (endIsInclusive ? 1 : 0)
    guard lower <= upper else { throw ArenaCSVError(line: record.line, problem: .endsBeforeStart) }
    return ArenaItem(
      Buffer(try number("size", record) ?? 0, live: lower..<upper), name: text("id", record),
      alignment: try number("alignment", record) ?? 1,
      fixedOffset: keepsOffsets ? try number("offset", record) : nil)
  }

  private func text(_ column: String, _ record: Record) -> String {
    positions[column].map { String(record.fields[$0].filter { !$0.isNewline }) } ?? ""
  }

  /// The number in a column; `nil` where there is no such column, or no offset in it.
  private func number(_ column: String, _ record: Record) throws(ArenaCSVError) -> Int? {
    guard let position = positions[column] else { return nil }
    let field = record.fields[position].filter { !$0.isWhitespace }
    if field.isEmpty, column == "offset" { return nil }
    guard let number = Int(field), (0...Buffer.maximumByteCount).contains(number) else {
      throw ArenaCSVError(
        line: record.line, problem: .notANumber(column: column, found: String(field)))
    }
    return number
  }
}

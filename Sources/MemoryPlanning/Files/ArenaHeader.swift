/// Writes a placement as a C header that a runtime can include.
public struct ArenaHeader: Sendable {
  private let problem: ArenaProblem
  private let placement: Placement
  private let name: String

  /// The prefix of all names is made from the name of the model.
  public init(_ problem: ArenaProblem, _ placement: Placement, name: String) {
    self.problem = problem
    self.placement = placement
    self.name = Self.identifier(name)
  }

  /// The size of the arena, and a table of buffers: offset, size, first step and the one after the last.
  public var text: String {
    let upper = name.uppercased()
    let rows = zip(problem.items, placement.offsets).map { item, offset in
      let lifetime = item.buffer.lifetime
      let numbers = [offset, item.buffer.byteCount, lifetime.lowerBound, lifetime.upperBound]
      return
        "  {\(numbers.map { "\($0)u" }.joined(separator: ", "))},  /* \(Self.comment(item.name)) */\n"
    }
    let table =
      rows.isEmpty
      ? ""
      : """

      /* The buffers; each is live from its first step up to, not including, its end. */
      static const struct {
        uint64_t offset, size, first_step, end_step;
      } \(name)_buffers[\(upper)_BUFFER_COUNT] = {
      \(rows.joined())};

      """
    return """
      #ifndef \(upper)_ARENA_H
      #define \(upper)_ARENA_H

      #include <stdint.h>

      #define \(upper)_ARENA_BYTES UINT64_C(\(placement.arenaByteCount))
      #define \(upper)_BUFFER_COUNT \(rows.count)
      \(table)
      #endif

      """
  }

  /// Letters, digits and underscores, the first no digit.
  private static func identifier(_ name: String) -> String {
    let letters = name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
    let text = String(letters)
    return text.first.map { $0.isNumber } ?? true ? "model_\(text)" : text
  }

  /// A name that cannot end the comment it stands in.
  private static func comment(_ name: String) -> String {
    String(name.map { $0.isNewline || $0 == "*" ? " " : $0 })
  }
}

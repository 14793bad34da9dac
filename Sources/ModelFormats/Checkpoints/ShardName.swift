/// The name of one part of a model that is split into files, `model-00001-of-00004.safetensors`.
struct ShardName: Hashable {
  /// What stands before the number, such as `model`.
  var stem: String

  /// The number of this part, from one.
  var part: Int
  var count: Int

  /// What stands after the numbers, the extension included.
  var suffix: String

  /// Takes a file name apart; `nil` if it has no numbers or they make no sense.
  init?(_ fileName: String) {
    let digits = 5
    let infix = "-of-"
    guard let position = fileName.lastRange(of: infix) else { return nil }
    let before = fileName[..<position.lowerBound]
    let after = fileName[position.upperBound...]
    let number = before.suffix(digits)
    let total = after.prefix(digits)
    guard number.utf8.count == digits, total.utf8.count == digits,
      before.dropLast(digits).last == "-", let part = Int(number), let count = Int(total),
      part >= 1, part <= count
    else { return nil }
    stem = String(before.dropLast(digits + 1))
    self.part = part
    self.count = count
    suffix = String(after.dropFirst(digits))
  }

  /// The file name of another part.
  func fileName(ofPart part: Int) -> String {
    "\(stem)-\(Self.padded(part))-of-\(Self.padded(count))\(suffix)"
  }

  private static func padded(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  }
}

extension String {
  /// Where a text occurs last.
  fileprivate func lastRange(of text: String) -> Range<Index>? {
    var position = endIndex
    while position > startIndex {
      position = utf8.index(before: position)
      guard utf8[position] == text.utf8.first else { continue }
      if utf8[position...].starts(with: text.utf8) {
        return position..<utf8.index(position, offsetBy: text.utf8.count)
      }
    }
    return nil
  }
}

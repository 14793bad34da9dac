/// Writes an integer with commas between groups of three digits, such as `25,557,032`.
func grouped(_ number: Int) -> String {
  guard number.magnitude >= 1000 else { return String(number) }
  let digits = Array(String(number.magnitude))
  var text = number < 0 ? "-" : ""
  for (index, digit) in digits.enumerated() {
    if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
    text.append(digit)
  }
  return text
}

/// Writes sizes as a product, such as `64 × 3 × 7 × 7`; a scalar is `1`.
func product(_ sizes: [Int]) -> String {
  sizes.isEmpty ? "1" : sizes.map(grouped).joined(separator: " × ")
}

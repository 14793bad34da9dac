/// The least number of letters to insert, remove, replace or swap with the next to get from one word to the other, where no
/// letter is changed twice.
///
/// Damerau (1964) with the recurrence of Wagner and Fischer (1974); time grows with the product of the lengths, the three
/// rows kept with the second.
package func editDistance<Letter: Equatable>(_ a: [Letter], _ b: [Letter]) -> Int {
  var (before, last, row) = ([Int](), [Int](), Array(0...b.count))
  for (i, letter) in a.enumerated() {
    (before, last) = (last, row)
    row[0] = i + 1
    for (j, other) in b.enumerated() {
      let replaced = last[j] + (letter == other ? 0 : 1)
      row[j + 1] = min(replaced, row[j] + 1, last[j + 1] + 1)
      guard i > 0, j > 0, letter == b[j - 1], other == a[i - 1] else { continue }
      row[j + 1] = min(row[j + 1], before[j - 1] + 1)
    }
  }
  return row[b.count]
}

import MemFit
import Testing

@Suite struct QuantityTests {
  @Test func `numbers are read as people write them`() throws {
    let table: [(String, Int)] = [
      ("5", 5), ("5M", 5_000_000), ("25.6k", 25_600), ("1,234,567", 1_234_567),
      ("7B", 7_000_000_000),
      ("0", 0), ("1_000", 1000),
    ]
    for (text, value) in table { #expect(try Quantity.count(text) == value) }
  }

  @Test(arguments: ["", "M", "five", "1e9", "-3", "5MB", "99999999999999999999", "1.2.3"])
  func `what is no number is refused`(text: String) {
    #expect(throws: QuantityError.self) { try Quantity.count(text) }
  }
}

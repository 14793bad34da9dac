import ModelGraph
import Testing

@testable import MemoryAnalysis

@Suite struct AmountTests {
  @Test(arguments: [
    ("100MB", 100_000_000), ("1.5GiB", 1_610_612_736), ("4096", 4096), ("64 KiB", 65536),
    ("2kb", 2000), ("0", 0),
  ])
  func `amounts of bytes are read`(text: String, bytes: Int) throws {
    #expect(try ByteCount(parsing: text).value == bytes)
  }

  @Test(arguments: ["", "MB", "12 parsecs", "-3MB", "1.2.3GB", "1e3"])
  func `what is no amount is refused`(text: String) {
    #expect(throws: ByteCount.ParsingError.self) { try ByteCount(parsing: text) }
  }

  @Test func `a price is for a unit and a period`() throws {
    let cost = try StorageCost(parsing: "0.023/GB-month", copies: 1000)
    #expect(abs(cost.amount(for: ByteCount(102_228_128)) - 2.351) < 0.001)
    #expect(cost.period == "month")
  }

  @Test(arguments: [
    ("0.023", "needs a price such as 0.023/GB-month"), ("x/GB-month", "needs a price that is"),
    ("1/parsec-month", "needs a unit"), ("1/GB-blink", "needs a period"), ("1/GB", "needs a price"),
  ])
  func `a price that cannot be read says why`(text: String, message: String) {
    let error = #expect(throws: StorageCost.ParsingError.self) {
      try StorageCost(parsing: text)
    }
    #expect(error?.description.hasPrefix(message) == true)
  }

  @Test func `numbers are grouped by thousands`() {
    #expect(
      [0, 999, 1000, 25_557_032, -1234].map(grouped) == [
        "0", "999", "1,000", "25,557,032", "-1,234",
      ])
  }
}

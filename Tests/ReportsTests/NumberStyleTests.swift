import ModelGraph
import Reports
import Testing

@Suite struct NumberStyleTests {
  private let decimal = NumberStyle()
  private let binary = NumberStyle(units: .binary)

  @Test func `counts have thousands separators`() {
    let table: [(Int, String)] = [
      (0, "0"), (7, "7"), (999, "999"), (1000, "1,000"), (25_557_032, "25,557,032"),
      (-1234, "−1,234"), (.max, "9,223,372,036,854,775,807"),
      (.min, "−9,223,372,036,854,775,808"),
    ]
    for (value, text) in table { #expect(decimal.count(value) == text) }
  }

  @Test func `bytes come in the largest unit that holds one`() {
    let table: [(ByteCount, String, String)] = [
      (0, "0 B", "0 B"), (999, "999 B", "999 B"), (1000, "1.0 KB", "1,000 B"),
      (1024, "1.0 KB", "1.0 KiB"), (102_228_128, "102.2 MB", "97.5 MiB"),
      (1_500_000_000, "1.50 GB", "1.40 GiB"), (-2048, "−2.0 KB", "−2.0 KiB"),
      (.maximum, "4,611.69 PB", "4,096.00 PiB"),
    ]
    for (amount, decimalText, binaryText) in table {
      #expect(decimal.bytes(amount) == decimalText)
      #expect(binary.bytes(amount) == binaryText)
    }
  }

  @Test func `an amount that rounds up to the next unit is written in it`() {
    #expect(decimal.bytes(999_949) == "999.9 KB")
    #expect(decimal.bytes(999_950) == "1.0 MB")
    #expect(decimal.bytes(999_999_999) == "1.00 GB")
    #expect(binary.bytes(ByteCount((1 << 20) - 1)) == "1.0 MiB")
  }

  @Test func `shares, ratios and other numbers`() {
    #expect(decimal.share(0.9178) == "91.8 %")
    #expect(decimal.share(1) == "100.0 %")
    #expect(decimal.ratio(0.147) == "0.15×")
    #expect(decimal.compact(4_089_184_256) == "4.09 G")
    #expect(decimal.compact(12) == "12")
    #expect(decimal.fixed(-0.001, decimals: 2) == "0.00")
    #expect(decimal.fixed(1234.5, decimals: 1) == "1,234.5")
    #expect(decimal.fixed(.infinity, decimals: 1) == "—")
    #expect(decimal.signedCount(5) == "+5")
    #expect(decimal.signedBytes(-5) == "−5 B")
  }
}

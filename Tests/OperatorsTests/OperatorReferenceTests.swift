import Operators
import TestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite struct OperatorReferenceTests {
  @Test func `the reference in the documentation is current`() throws {
    let path = "\(TestFiles.packageRoot)/Documentation/Operators.md"
    let page = OperatorReference().markdown
    if ProcessInfo.processInfo.environment["MEMFIT_UPDATE"] == "1" {
      try Data(page.utf8).write(to: URL(fileURLWithPath: path))
    }
    let written = try? String(decoding: TestFiles.bytes(of: path), as: UTF8.self)
    #expect(written == page, "MEMFIT_UPDATE=1 swift test --filter OperatorReferenceTests")
  }

  @Test func `the reference says what is kept`() {
    let page = OperatorReference().markdown
    let rows = page.split(separator: "\n")
    #expect(rows.contains { $0.hasPrefix("| Relu |") && $0.contains("| output 0 |") })
    #expect(rows.contains { $0.hasPrefix("| Dropout |") && $0.contains("| mask | mask |") })
    #expect(rows.contains { $0.hasPrefix("| Equal |") && $0.contains("| — |") })
  }
}

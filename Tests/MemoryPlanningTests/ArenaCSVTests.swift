import TestSupport
import Testing

@testable import MemoryPlanning

@Suite struct ArenaCSVTests {
  @Test func `the example is read, solved, written and read again`() throws {
    let bytes = try TestFiles.bytes(of: TestFiles.fixture("Arena/example.csv"))
    let problem = try ArenaCSV.problem(from: String(decoding: bytes, as: UTF8.self))
    #expect(problem.items.map(\.name) == ["b1", "b2", "b3", "b4", "b5"])
    let solution = ArenaSolver(capacity: 12).solve(problem)
    #expect(solution.status == .optimal)
    #expect(solution.arenaByteCount == 12)
    let again = try ArenaCSV.problem(from: ArenaCSV.text(problem, solution.placement))
    #expect(again.items.map(\.fixedOffset) == solution.placement.offsets)
    #expect(again.items.map(\.buffer) == problem.items.map(\.buffer))
    let picture = ArenaPicture(problem, solution.placement).svg
    #expect(picture.split(separator: "<rect ").count == 6)
  }

  @Test func `an end column is the last step`() throws {
    let problem = try ArenaCSV.problem(from: "buffer,start,end,size,alignment\na,2,4,8,16\n")
    #expect(problem.items == [ArenaItem(Buffer(8, live: 2..<5), name: "a", alignment: 16)])
  }

  @Test(arguments: [
    ("", 1), ("id,lower,upper\n", 1), ("id,lower,upper,size,gaps\n", 1),
    ("id,id,lower,upper,size\n", 1),
    ("id,lower,upper,size\na,1,2\n", 2), ("id,lower,upper,size\na,1,2,x\n", 2),
    ("id,lower,upper,size\na,0,1,1\nb,3,2,1\n", 3), ("id,lower,upper,size\na,1,2,-4\n", 2),
    ("id,lower,upper,size\na,1,99999999999999999999,4\n", 2),
  ])
  func `what is wrong is told with its line`(text: String, line: Int) {
    #expect { try ArenaCSV.problem(from: text) } throws: { error in
      (error as? ArenaCSVError)?.line == line
    }
  }
}
